import type {Problem} from '../threads/messages.js';
import {compileCell, type CompiledCell} from './cell.js';
import {isCompleteCell} from './complete-cell.js';
import {CELL_PARAMETERS} from './runtime-names.js';

/** Compiles the cells of one notebook: knows which names its cells have declared so far. */
export class Compiler {
  readonly #builtins: ReadonlySet<string> = new Set([...Object.getOwnPropertyNames(globalThis), ...CELL_PARAMETERS]);
  readonly #declared = new Set<string>();
  readonly #compiled = new Map<string, CompiledCell>();

  constructor(readonly folder: string) {}

  compile(source: string, name: string): CompiledCell | {readonly problems: readonly Problem[]} {
    const compiled = compileCell(source, name, each => this.#builtins.has(each) && !this.#declared.has(each));
    if ('code' in compiled) {
      this.#compiled.set(name, compiled);
    }
    return compiled;
  }

  commit(name: string): void {
    this.#compiled.get(name)?.declared.forEach(([declared, kind]) => {
      if (kind !== 'type') {
        this.#declared.add(declared);
      }
    });
    this.#compiled.delete(name);
  }

  isComplete(source: string): ReturnType<typeof isCompleteCell> {
    return isCompleteCell(source);
  }
}
