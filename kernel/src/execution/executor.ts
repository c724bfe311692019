import {createHash} from 'node:crypto';
import path from 'node:path';
import {pathToFileURL} from 'node:url';
import vm from 'node:vm';
import type {CompiledCell} from '../compile/cell.js';
import type {CellId, ErrorContent, RunRequest} from '../threads/messages.js';
import {codeFrame} from './code-frame.js';
import {errorContent} from './errors.js';
import {InterruptedError, type Interrupts} from './interrupts.js';
import type {Modules} from './modules.js';
import type {CellOrigin} from './notebook-port.js';
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
  readonly #texts = new Map<string, string>();
  readonly #declaredBy = new Map<string, CellOrigin>();
  #running: {readonly context: CellContext; readonly settle: (outcome: Outcome) => void} | undefined;
  #undefine: (() => void) | undefined;
  #last: CellId | null = null;
  #origin: CellOrigin | undefined;
  #within: CellId | undefined;

  constructor(
    private readonly modules: Modules,
    private readonly sources: Sources,
    private readonly interrupts: Interrupts,
  ) {}

  /**
   * The cell that runs. What timers print late goes to the last one, as in IPython. (AsyncLocalStorage would know better,
   * but on Node 20 and 22 it makes V8's termination of a cell end the process.)
   */
  get context(): CellContext | undefined {
    return this.#running?.context;
  }

  /** The notebook's cell that runs, or ran last. */
  get origin(): CellOrigin | undefined {
    return this.#origin;
  }

  /** The notebook's cell that declared the variable. */
  declaredBy(name: string): CellOrigin | undefined {
    return this.#declaredBy.get(name);
  }

  get cell(): CellId | null {
    return this.#within ?? this.context?.cell ?? this.#last;
  }

  /** Runs a handler whose output belongs to an earlier cell, until its first `await`. */
  within<T>(cell: CellId, handler: () => T): T {
    this.#within = cell;
    try {
      return handler();
    } finally {
      this.#within = undefined;
    }
  }

  /**
   * Runs the cell and calls `settled` once. A callback and not a promise: code that is terminated unwinds this very
   * call too, and who waited for its promise would wait for ever (see `terminated`).
   */
  run(request: RunRequest, settled: (outcome: Outcome) => void): void {
    const {cell, name, compiled, source, notebookCell, allowStdin} = request;
    const context: CellContext = {cell, signal: this.interrupts.begin(), allowStdin};
    this.#last = cell;
    this.#origin = {id: notebookCell, sha256: createHash('sha256').update(source).digest('hex')};
    this.#texts.set(this.#path(name), source);
    const settle = (outcome: Outcome) => {
      if (this.#running?.context === context) {
        this.#running = undefined;
        if ('error' in outcome) {
          this.#undefine?.();
        }
        this.#undefine = undefined;
        settled(outcome);
      }
    };
    this.#running = {context, settle};
    this.#evaluate(compiled, name).then(
      value => settle({value}),
      (error: unknown) => settle({error: this.describe(error)}),
    );
  }

  /** Evaluates a front end's expression beside the cells. */
  evaluate(compiled: CompiledCell, cell: CellId): Promise<unknown> {
    return this.#evaluate(compiled, `expression[${cell}].ts`);
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

  async #evaluate(compiled: CompiledCell, name: string): Promise<unknown> {
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
    return run(this.#runtime(filename), this.scope.members, require, filename, folder);
  }

  #runtime(filename: string) {
    const {interrupts, modules, scope} = this;
    const origin = this.#origin;
    return {
      define: (declarations: Parameters<Scope['define']>[0]) => {
        this.#undefine = scope.define(declarations);
        if (origin) {
          Object.keys(declarations).forEach(name => this.#declaredBy.set(name, origin));
        }
      },
      import: (specifier: string, options?: unknown) => modules.import(specifier, undefined, options),
      resumed: (value: unknown) => {
        interrupts.signal.throwIfAborted();
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
