import {AsyncLocalStorage} from 'node:async_hooks';
import path from 'node:path';
import {pathToFileURL} from 'node:url';
import vm from 'node:vm';
import type {CompiledCell} from '../compile/cell.js';
import type {CellId, ErrorContent, RunRequest} from '../threads/messages.js';
import {codeFrame} from './code-frame.js';
import {errorContent} from './errors.js';
import {InterruptedError, type Interrupts} from './interrupts.js';
import type {Modules} from './modules.js';
import {Scope} from './scope.js';
import type {Sources} from './sources.js';

export interface CellContext {
  readonly cell: CellId;
  readonly signal: AbortSignal;
  readonly allowStdin: boolean;
}

/** `value` is undefined as well when the cell does not end in an expression. */
export type Outcome = {readonly value: unknown} | {readonly error: ErrorContent};

type CellFunction = (...parameters: unknown[]) => Promise<unknown>;

/** How long a cell may take to stop by itself, after an interrupt, before it is reported as still running. */
const GRACE_MS = 3000;

/** Runs compiled cells, one at a time, in this thread. */
export class Executor {
  readonly scope = new Scope();
  readonly #contexts = new AsyncLocalStorage<CellContext>();
  readonly #texts = new Map<string, string>();
  #running: {readonly context: CellContext; readonly settle: (outcome: Outcome) => void} | undefined;
  #undefine: (() => void) | undefined;
  #last: CellId | null = null;

  constructor(
    private readonly modules: Modules,
    private readonly sources: Sources,
    private readonly interrupts: Interrupts,
  ) {}

  /** The cell that the running code belongs to, also in a timer that it set: what it prints goes there. */
  get context(): CellContext | undefined {
    return this.#contexts.getStore() ?? this.#running?.context;
  }

  get cell(): CellId | null {
    return this.context?.cell ?? this.#last;
  }

  /** Never rejects. Settles also when the code was terminated and will never answer (see `terminated`). */
  run(request: RunRequest): Promise<Outcome> {
    const {cell, name, compiled, source, allowStdin} = request;
    const context: CellContext = {cell, signal: this.interrupts.begin(), allowStdin};
    this.#last = cell;
    this.#texts.set(this.#path(name), source);
    return new Promise(resolve => {
      const settle = (outcome: Outcome) => {
        if (this.#running?.context === context) {
          this.#running = undefined;
          if ('error' in outcome) {
            this.#undefine?.();
          }
          this.#undefine = undefined;
          resolve(outcome);
        }
      };
      this.#running = {context, settle};
      this.#evaluate(compiled, name, context).then(
        value => settle({value}),
        (error: unknown) => settle({error: this.describe(error)}),
      );
    });
  }

  /** Evaluates a front end's expression beside the cells. */
  async evaluate(compiled: CompiledCell, context: CellContext): Promise<unknown> {
    return this.#evaluate(compiled, `expression[${context.cell}].ts`, context);
  }

  /** Aborts the running cell's signal; a cell that does not stop by itself is given up after a while. */
  interrupt(): void {
    const running = this.#running;
    if (!running || running.context.signal.aborted) {
      return;
    }
    this.interrupts.interrupt();
    setTimeout(() => {
      const message =
        'The cell was interrupted, but code that it called goes on in the background. ' +
        'Variables are kept; restart the kernel to stop it.';
      running.settle({error: this.describe(new InterruptedError(message))});
    }, GRACE_MS).unref();
  }

  /** The cell's code was stopped by force in the middle of a computation. */
  terminated(cell: CellId): void {
    if (this.#running?.context.cell === cell) {
      const message = 'The cell was stopped in the middle of a computation. Variables are kept.';
      this.#running.settle({error: this.describe(new InterruptedError(message))});
    }
  }

  describe(error: unknown): ErrorContent {
    return errorContent(error, this.sources, name => this.#texts.get(name));
  }

  async #evaluate(compiled: CompiledCell, name: string, context: CellContext): Promise<unknown> {
    const filename = this.#path(name);
    this.sources.add(filename, compiled.map);
    for (const [needed, {line, column}] of compiled.needs) {
      if (!this.scope.has(needed)) {
        const frame = codeFrame(this.#texts.get(filename), line + 1, column + 1, needed.length);
        throw new NameError(needed, `${frame ?? ''}\n    at ${name}:${line + 1}:${column + 1}`);
      }
    }
    const run = vm.runInThisContext(compiled.code, {
      filename,
      lineOffset: -1,
      importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    }) as CellFunction;
    const {folder, require} = this.modules;
    return this.#contexts.run(context, run, this.#runtime(filename), this.scope.members, require, filename, folder);
  }

  #runtime(filename: string) {
    const {modules, scope} = this;
    return {
      define: (declarations: Parameters<Scope['define']>[0]) => {
        this.#undefine = scope.define(declarations);
      },
      import: (specifier: string, options?: unknown) => modules.import(specifier, undefined, options),
      resumed: (value: unknown) => {
        this.#contexts.getStore()?.signal.throwIfAborted();
        return value;
      },
      typeOf: (name: string) => (scope.has(name) ? typeof scope.members[name] : 'undefined'),
      meta: {
        url: pathToFileURL(filename).href,
        filename,
        dirname: modules.folder,
        resolve: (specifier: string) => pathToFileURL(modules.require.resolve(specifier)).href,
      },
    };
  }

  #path(name: string): string {
    return path.join(this.modules.folder, name);
  }
}

/** A cell that names what does not exist is not started: nothing of it has happened yet. */
class NameError extends ReferenceError {
  override readonly name = 'ReferenceError';
  constructor(missing: string, where: string) {
    super(`${missing} is not defined; the cell was not started. Has the cell that declares it been run?\n${where}`);
    this.stack = '';
  }
}
