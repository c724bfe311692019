import {setTimeout as delay} from 'node:timers/promises';
import type {CompiledCell} from '../compile/cell.js';
import {problemsContent, problemsWarning} from '../compile/problems.js';
import type {Caller} from '../threads/calls.js';
import type {CellId, CompilerCalls, ErrorContent, Finished, Problem, RunRequest} from '../threads/messages.js';
import type {Content, Header, Message} from '../wire/message.js';
import type {History} from './history.js';
import type {LastRun} from './last-run.js';

/** What type errors do: a warning beside the cell's output, an error before it starts, or nothing. */
export type TypeErrors = 'warn' | 'stop' | 'off';

export interface ExecutionsPorts {
  readonly typeErrors: TypeErrors;
  readonly lastRun: LastRun;
  readonly compiler: Caller<CompilerCalls>;
  readonly history: History;
  readonly run: (request: RunRequest) => void;
  /** Awaited before a cell runs: the debugger sets its breakpoints. */
  readonly beforeRun: (name: string, source: string, compiled: CompiledCell) => Promise<void>;
  readonly publish: (type: string, parent: Header, content: Content, more?: {metadata: Content}) => void;
  readonly reply: (request: Message, content: Content, metadata?: Content) => void;
}

interface Execution {
  readonly cell: CellId;
  readonly request: Message;
  readonly count: number;
  readonly name: string;
  /** The main thread has it. */
  isSent?: boolean;
  /** Interrupted before the main thread had it. */
  isInterrupted?: boolean;
  /** Under way while the cell runs. */
  check?: Promise<readonly Problem[]>;
}

/** How long a finished cell waits for its type check. */
const CHECK_WITHIN_MS = 400;

/** How many finished cells are remembered, so that what they print late reaches their output. */
const REMEMBERED = 1000;

/** The queue of `execute_request`s: one runs at a time, in order; an error aborts those that wait. */
export class Executions {
  #waiting: Message[] = [];
  #current: Execution | undefined;
  #count = 0;
  #lastCell = 0;
  #isReady = false;
  readonly #requests = new Map<CellId, Message>();

  #notice: string | undefined;

  constructor(private readonly ports: ExecutionsPorts) {
    this.#notice = ports.lastRun.notice;
  }

  /** The cell that the main thread works on. */
  get running(): CellId | undefined {
    return this.#current?.cell;
  }

  add(request: Message): void {
    this.#waiting.push(request);
    this.#next();
  }

  /** The main thread is there: what waited can run. */
  ready(): void {
    this.#isReady = true;
    this.#next();
  }

  header(cell: CellId | null): Header | undefined {
    return this.request(cell)?.header;
  }

  request(cell: CellId | null): Message | undefined {
    return cell === null ? undefined : this.#requests.get(cell);
  }

  /** Gives an id to a message that is no cell, so that what its handler prints goes where it came from. */
  adopt(header: Header): CellId {
    const cell = ++this.#lastCell;
    this.#remember(cell, {header, identities: [], parent: {}, metadata: {}, content: {}, buffers: []});
    return cell;
  }

  async finish({cell, error, result, userExpressions = {}}: Finished): Promise<void> {
    const current = this.#current;
    if (current?.cell !== cell) {
      return;
    }
    const {request, count, name} = current;
    // Not waited for: the compiler answers in order, so the next cell is compiled after it.
    void this.ports.compiler.call('commit', {name});
    if (!error) {
      await this.#warn(current);
    }
    if (this.#current !== current) {
      return;
    }
    if (error) {
      this.#fail(current, error);
      return;
    }
    if (result && request.content['silent'] !== true) {
      const {bundle: data, metadata} = result;
      this.ports.publish('execute_result', request.header, {execution_count: count, data, metadata});
    }
    this.#done(current, {status: 'ok', execution_count: count, payload: [], user_expressions: userExpressions});
  }

  /** Stops a cell that the main thread does not have yet. Returns false when there is none. */
  interruptStarting(): boolean {
    if (!this.#current || this.#current.isSent) {
      return false;
    }
    this.#current.isInterrupted = true;
    return true;
  }

  /** An interrupt stops the whole run, not just its first cell. */
  abortWaiting(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const request of waiting) {
      this.ports.publish('status', request.header, {execution_state: 'busy'});
      this.ports.reply(request, {status: 'aborted'}, {status: 'aborted'});
      this.ports.publish('status', request.header, {execution_state: 'idle'});
    }
  }

  /** The process is about to end. */
  endWith(error: ErrorContent): void {
    if (this.#current) {
      this.#fail(this.#current, error);
    }
    this.abortWaiting();
  }

  #next(): void {
    if (!this.#isReady || this.#current) {
      return;
    }
    const request = this.#waiting.shift();
    if (request) {
      const {silent, store_history: store} = request.content;
      const counts = silent !== true && store !== false;
      if (counts) {
        this.#count += 1;
      }
      const cell = ++this.#lastCell;
      const name = counts ? `cell[${this.#count}].ts` : `cell[${this.#count}.${cell}].ts`;
      this.#current = {cell, request, count: this.#count, name};
      this.#remember(cell, request);
      void this.#start(this.#current, counts).catch((error: unknown) => {
        const {name: ename, message: evalue, stack = ''} = error instanceof Error ? error : new Error(String(error));
        this.#fail({cell, request, count: this.#count, name}, {ename, evalue, traceback: [stack]});
      });
    }
  }

  async #start(execution: Execution, counts: boolean): Promise<void> {
    const {cell, request, count, name} = execution;
    const {header, content} = request;
    const source = String(content['code'] ?? '');
    this.ports.publish('status', header, {execution_state: 'busy'});
    if (content['silent'] !== true) {
      this.ports.publish('execute_input', header, {code: source, execution_count: count});
    }
    if (counts) {
      this.ports.history.add(count, source);
      this.#tellNotice(header);
    }
    const compiled = await this.ports.compiler.call('compile', {source, name});
    if ('problems' in compiled) {
      this.#fail(execution, syntaxError(compiled.problems, source, name));
      return;
    }
    if (this.ports.typeErrors === 'stop') {
      const problems = await this.ports.compiler.call('check', {source, must: true});
      if (problems.length > 0) {
        this.#fail(execution, problemsContent('TypeCheckError', problems, source, name));
        return;
      }
    } else if (this.ports.typeErrors === 'warn' && !isTrivial(compiled)) {
      execution.check = this.ports.compiler.call('check', {source, must: false});
    }
    const userExpressions = await this.#expressions(content['user_expressions'], name);
    await this.ports.beforeRun(name, source, compiled);
    if (execution.isInterrupted) {
      const evalue = 'The cell was interrupted before it started.';
      this.#fail(execution, {ename: 'KeyboardInterrupt', evalue, traceback: [`KeyboardInterrupt: ${evalue}`]});
      return;
    }
    execution.isSent = true;
    this.ports.lastRun.started(name);
    const allowStdin = content['allow_stdin'] === true;
    // As JupyterLab and ipykernel have it; the protocol itself has no place for the id.
    const {cellId} = request.metadata;
    const notebookCell = typeof cellId === 'string' ? cellId.slice(0, 128) : null;
    this.ports.run({type: 'run', cell, name, compiled, source, notebookCell, allowStdin, userExpressions});
  }

  #tellNotice(header: Header): void {
    if (this.#notice !== undefined) {
      this.ports.publish('stream', header, {name: 'stderr', text: this.#notice});
      this.#notice = undefined;
    }
  }

  async #expressions(expressions: unknown, name: string): Promise<Record<string, CompiledCell>> {
    const compiled: Record<string, CompiledCell> = {};
    for (const [key, source] of Object.entries((expressions ?? {}) as Record<string, unknown>)) {
      const request = {source: String(source), name: `${name}.expression.ts`};
      const result = await this.ports.compiler.call('compile', request);
      // What is no TypeScript fails where it is evaluated, as the protocol has it: by itself, not the cell.
      compiled[key] = 'problems' in result ? throwing(syntaxError(result.problems, request.source, key)) : result;
    }
    return compiled;
  }

  /** Waits a while, so that the warning stands with the cell's own output; one that takes longer comes after it. */
  async #warn({request, name, check}: Execution): Promise<void> {
    const warned = check?.then(problems => {
      if (problems.length > 0 && request.content['silent'] !== true) {
        const text = problemsWarning(problems, String(request.content['code']), name);
        this.ports.publish('stream', request.header, {name: 'stderr', text});
      }
    });
    await Promise.race([warned, delay(CHECK_WITHIN_MS, undefined, {ref: false})]);
  }

  #fail(execution: Execution, error: ErrorContent): void {
    const {request, count} = execution;
    const {ename, evalue, traceback} = error;
    const isSilent = request.content['silent'] === true;
    if (!isSilent) {
      this.ports.publish('error', request.header, {ename, evalue, traceback});
    }
    const status = {status: 'error', execution_count: count, user_expressions: {}, payload: []};
    this.#done(execution, {...status, ename, evalue, traceback});
  }

  #done({request}: Execution, reply: Content): void {
    const {status} = reply;
    this.ports.reply(request, reply, {status, started: request.header.date, dependencies_met: true});
    this.ports.publish('status', request.header, {execution_state: 'idle'});
    if (status === 'error' && request.content['stop_on_error'] !== false) {
      this.abortWaiting();
    }
    this.#current = undefined;
    this.#next();
  }

  #remember(cell: CellId, request: Message): void {
    this.#requests.set(cell, request);
    const oldest = this.#requests.keys().next().value;
    if (this.#requests.size > REMEMBERED && oldest !== undefined) {
      this.#requests.delete(oldest);
    }
  }
}

/** Nothing but literals and the runtime's own names: what is wrong in it shows when it runs. */
function isTrivial({needs, declared, hasImports}: CompiledCell): boolean {
  return needs.length === 0 && declared.length === 0 && !hasImports;
}

function syntaxError(problems: readonly Problem[], source: string, name: string): ErrorContent {
  return problemsContent('SyntaxError', problems, source, name);
}

function throwing({evalue}: ErrorContent): CompiledCell {
  const code = `(async function(){\nthrow new SyntaxError(${JSON.stringify(evalue)})\n})`;
  return {code, map: '{"version":3,"sources":[],"names":[],"mappings":""}', declared: [], needs: [], hasImports: false};
}
