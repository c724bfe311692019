import {MAX_TIMER} from './limits.js';
import type {CancelSignal} from './loaded-model.js';

export interface SettlingLimits {
  readonly deadlineMs?: number | undefined;
  readonly signal?: CancelSignal | undefined;
}

/** What is waited for: settled once, by its answer, its deadline or its signal, whichever is first. */
export abstract class Settling<T> {
  readonly promise: Promise<T>;
  /** When the waiting began, by performance.now(). */
  readonly since = performance.now();
  private done = false;
  private resolvePromise!: (answer: T) => void;
  private rejectPromise!: (error: unknown) => void;
  private readonly timer: NodeJS.Timeout | undefined;
  private readonly onAbort = (): void => this.reject(this.cancelled());

  /** @param limits a signal that was aborted before is the caller's to look at */
  constructor(protected readonly limits: SettlingLimits) {
    // `!` above: a promise's executor runs at once.
    this.promise = new Promise((resolve, reject) => {
      this.resolvePromise = resolve;
      this.rejectPromise = reject;
    });
    const {deadlineMs, signal} = limits;
    if (deadlineMs !== undefined && deadlineMs < MAX_TIMER) {
      this.timer = setTimeout(() => this.reject(this.late(deadlineMs)), Math.max(0, Math.ceil(deadlineMs)));
    }
    signal?.addEventListener('abort', this.onAbort, {once: true});
  }

  get settled(): boolean {
    return this.done;
  }

  /** What is left of its time, in ms; undefined when it has no end. */
  get leftMs(): number | undefined {
    const {deadlineMs} = this.limits;
    return deadlineMs === undefined ? undefined : deadlineMs - (performance.now() - this.since);
  }

  resolve(answer: T): void {
    if (this.settle()) this.resolvePromise(answer);
  }

  reject(error: unknown): void {
    if (this.settle()) this.rejectPromise(error);
  }

  /** What is told when the deadline has passed. */
  protected abstract late(deadlineMs: number): Error;

  /** What is told when the signal was aborted. */
  protected abstract cancelled(): Error;

  /** Called once, when it is settled. */
  protected abstract onSettled(): void;

  private settle(): boolean {
    if (this.done) return false;
    this.done = true;
    clearTimeout(this.timer);
    this.limits.signal?.removeEventListener('abort', this.onAbort);
    this.onSettled();
    return true;
  }
}
