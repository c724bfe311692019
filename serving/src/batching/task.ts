import {Settling, type HostTensor, type SettlingLimits} from '@ingot/tensorflow/session';
import {batchingErrors} from './errors.js';
import type {Named} from './rows.js';
import type {SharedRun} from './shared-run.js';

export type TaskOptions = SettlingLimits;

/** A request in a queue. */
export class Task extends Settling<Record<string, HostTensor>> {
  /** True once its batch has left the queue. */
  running = false;
  /** That it is in now. */
  run: SharedRun | null = null;
  /** True once it gets a run of its own, after one with others or in an engine that has ended. */
  again = false;

  constructor(
    readonly inputs: Named,
    readonly rows: number,
    options: TaskOptions,
    /** What a task is told whose deadline passes while it waits. */
    private readonly tooLate: (deadlineMs: number) => Error,
    private readonly leave: (task: Task) => void,
  ) {
    super(options);
    if (options.signal?.aborted) this.reject(this.cancelled());
  }

  protected override late(deadlineMs: number): Error {
    return this.running ? batchingErrors.expired(deadlineMs) : this.tooLate(deadlineMs);
  }

  protected override cancelled(): Error {
    return batchingErrors.cancelled();
  }

  protected override onSettled(): void {
    this.leave(this);
  }
}
