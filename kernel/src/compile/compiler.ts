import type {Problem} from '../threads/messages.js';
import {compileCell, type CompiledCell} from './cell.js';
import {Language} from './language.js';
import {isCompleteCell} from './complete-cell.js';
import {CELL_PARAMETERS} from './runtime-names.js';

/** Compiles the cells of one notebook: knows which names its cells have declared so far. */
export class Compiler {
  readonly #builtins: ReadonlySet<string> = new Set([...Object.getOwnPropertyNames(globalThis), ...CELL_PARAMETERS]);
  readonly #declared = new Set<string>();
  /** Compiled and not yet committed, with their source. */
  readonly #running = new Map<string, {readonly compiled: CompiledCell; readonly source: string}>();
  readonly language: Language;

  /** @param isUrgent true when a type check should give way to something that a person waits for. */
  constructor(folder: string, isUrgent: () => boolean) {
    this.language = new Language(folder, isUrgent);
  }

  compile(source: string, name: string): CompiledCell | {readonly problems: readonly Problem[]} {
    const compiled = compileCell(source, name, each => this.#builtins.has(each) && !this.#declared.has(each));
    if ('code' in compiled) {
      this.#running.set(name, {compiled, source});
    }
    return compiled;
  }

  /** The cell ran, to its end or not: later cells see what it declared. */
  commit(name: string): void {
    const running = this.#running.get(name);
    if (running) {
      this.#running.delete(name);
      const values = running.compiled.declared.filter(([, kind]) => kind !== 'type');
      values.forEach(([declared]) => this.#declared.add(declared));
      this.language.commit(running.source);
    }
  }

  isComplete(source: string): ReturnType<typeof isCompleteCell> {
    return isCompleteCell(source);
  }
}
