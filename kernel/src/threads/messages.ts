/**
 * What the three threads of the kernel tell each other. User code runs in the main thread; the server thread holds the
 * sockets, so that it answers, prints and interrupts while user code blocks; the compiler thread holds TypeScript.
 */
import type {CellPosition, CompiledCell} from '../compile/cell.js';
import type {CompiledModule} from '../compile/module.js';
import type {MimeBundle} from '../display/seam.js';

/** Counts the execute requests of a session; what a cell prints late still goes to it. */
export type CellId = number;

export interface ErrorContent {
  readonly ename: string;
  readonly evalue: string;
  readonly traceback: readonly string[];
}

export interface RunRequest {
  readonly type: 'run';
  readonly cell: CellId;
  /** What the code is called in stack traces, e.g. "cell[3].ts". */
  readonly name: string;
  readonly compiled: CompiledCell;
  readonly source: string;
  /** The cell's id in the notebook file, where the front end says it. */
  readonly notebookCell: string | null;
  readonly allowStdin: boolean;
  readonly userExpressions: Readonly<Record<string, CompiledCell>>;
}

export interface CommMessage {
  readonly type: 'comm';
  readonly event: 'comm_open' | 'comm_msg' | 'comm_close';
  readonly content: {
    readonly comm_id: string;
    readonly target_name?: string;
    readonly data: Readonly<Record<string, unknown>>;
  };
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly buffers: readonly Uint8Array[];
  readonly cell: CellId | null;
}

/** Server thread -> main thread. */
export type ToMain =
  | RunRequest
  | CommMessage
  | {readonly type: 'interrupt'}
  /** The running code was stopped by force: its promise will never settle. */
  | {readonly type: 'terminated'; readonly cell: CellId}
  /** All is sent and the sockets are closed: the process ends. */
  | {readonly type: 'end'; readonly code: number};

export interface Finished {
  readonly type: 'finished';
  readonly cell: CellId;
  readonly error?: ErrorContent;
  readonly result?: {readonly bundle: MimeBundle; readonly metadata: Readonly<Record<string, unknown>>};
  readonly userExpressions?: Readonly<Record<string, unknown>>;
}

/** Main thread -> server thread. `cell` is null for what no cell caused. */
export type FromMain =
  | Finished
  | CommMessage
  | {readonly type: 'ready'}
  /** The main thread's event loop turns: the interrupt was heard. */
  | {readonly type: 'heard'}
  | {readonly type: 'stream'; readonly cell: CellId | null; readonly name: 'stdout' | 'stderr'; readonly text: string}
  | {
      readonly type: 'display';
      readonly cell: CellId | null;
      readonly bundle: MimeBundle;
      readonly metadata: Readonly<Record<string, unknown>>;
      readonly displayId?: string;
      readonly update: boolean;
    }
  | {readonly type: 'clear'; readonly cell: CellId | null; readonly wait: boolean}
  | {readonly type: 'input'; readonly cell: CellId | null; readonly prompt: string; readonly password: boolean}
  | {readonly type: 'exit'; readonly cell: CellId | null; readonly code: number};

/** Server or main thread -> compiler thread. */
export type CompilerCalls = {
  compile(request: {source: string; name: string}): CompiledCell | {readonly problems: readonly Problem[]};
  /** The cell ran (even if it failed): later cells see what it declared. */
  commit(request: {name: string}): void;
  module(request: {file: string}): CompiledModule;
  /** Type errors. Unless it `must`, none are found while types are still being read or when something urgent comes. */
  check(request: {source: string; must: boolean}): readonly Problem[];
  complete(request: {source: string; offset: number}): Completions;
  inspect(request: {source: string; offset: number}): Inspection | null;
  isComplete(request: {source: string}): {status: 'complete' | 'incomplete' | 'invalid'; indent: string};
};

/** True for calls that a person waits for: what happens in the background gives way to them. */
export function isUrgent(method: keyof CompilerCalls): boolean {
  return method !== 'check' && method !== 'commit';
}

export interface Problem extends CellPosition {
  readonly code: number;
  readonly message: string;
  readonly length: number;
  /** Set when the problem lies in another file, e.g. one that the cell imports. */
  readonly file?: string;
}

export interface Completions {
  readonly matches: readonly {readonly text: string; readonly type: string; readonly signature?: string}[];
  readonly start: number;
  readonly end: number;
}

export interface Inspection {
  readonly signature: string;
  readonly documentation: string;
}

/**
 * States of the first word of the memory that the server and the main thread share while user code waits for input.
 * The second word becomes 1 when the sockets are closed and the process may end.
 */
export const INPUT_STATE = {waiting: 0, answered: 1, interrupted: 2} as const;
