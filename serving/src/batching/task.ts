import type {CancelSignal, HostTensor} from '@ingot/tensorflow/session';
import {batchingErrors} from './errors.js';
import type {Named} from './rows.js';
import type {SharedRun} from './shared-run.js';

export interface TaskOptions {
  readonly deadlineMs?: number | undefined;
  readonly signal?: CancelSignal | undefined;
}

/** A request in a queue: it is settled once, by its answer, its deadline or its client, whichever is first. */
export class Task {
  readonly promise: Promise<Record<string, HostTensor>>;
  readonly arrivedAt = performance.now();
  settled = false;
  /** True once its batch has left the queue. */
  running = false;
  /** That it is in now. */
  run: SharedRun | null = null;
  /** True once it gets a run of its own, after one with others or in an engine that has ended. */
  again = false;
  private resolvePromise!: (outputs: Record<string, HostTensor>) => void;
  private rejectPromise!: (error: unknown) => void;
  private readonly timer: NodeJS.Timeout | undefined;
  private readonly onAbort = (): void => this.reject(batchingErrors.cancelled());

  constructor(
    readonly inputs: Named,
    readonly rows: number,
    readonly options: TaskOptions,
    /** What a task is told whose deadline passes while it waits. */
    private readonly tooLate: (deadlineMs: number) => Error,
    private readonly onSettled: (task: Task) => void,
  ) {
    // `!` above: a promise's executor runs at once.
    this.promise = new Promise((resolve, reject) => {
      this.resolvePromise = resolve;
      this.rejectPromise = reject;
    });
    const {deadlineMs, signal} = options;
    if (deadlineMs !== undefined && deadlineMs < MAX_TIMER) {
      this.timer = setTimeout(() => this.reject(this.late(deadlineMs)), Math.max(0, Math.ceil(deadlineMs)));
    }
    signal?.addEventListener('abort', this.onAbort, {once: true});
    if (signal?.aborted) this.onAbort();
  }

  /** What is left of its time, in ms; undefined when it has no end. */
  get leftMs(): number | undefined {
    const {deadlineMs} = this.options;
    return deadlineMs === undefined ? undefined : deadlineMs - (performance.now() - this.arrivedAt);
  }

  resolve(outputs: Record<string, HostTensor>): void {
    if (this.settle()) this.resolvePromise(outputs);
  }

  reject(error: unknown): void {
    if (this.settle()) this.rejectPromise(error);
  }

  private late(deadlineMs: number): Error {
    return this.running ? batchingErrors.expired(deadlineMs) : this.tooLate(deadlineMs);
  }

  private settle(): boolean {
    if (this.settled) return false;
    this.settled = true;
    clearTimeout(this.timer);
    this.options.signal?.removeEventListener('abort', this.onAbort);
    this.onSettled(this);
    return true;
  }
}

/** Node's timers hold 31 bits of milliseconds. */
const MAX_TIMER = 2 ** 31;
