import {EngineLostError} from '@ingot/tensorflow/engine';
import type {HostTensor, RunOptions} from '@ingot/tensorflow/session';
import {batchingErrors} from './errors.js';
import type {BatchObserver} from './observer.js';
import type {BatchPolicy} from './policy.js';
import {concatenate, laneOf, splitRows, type Named} from './rows.js';
import {SharedRun} from './shared-run.js';
import type {Slots} from './slots.js';
import {Task, type TaskOptions} from './task.js';

/** Runs one signature (and choice of outputs) of a model. */
export type Run = (
  inputs: Named,
  limits: Pick<RunOptions, 'deadlineMs' | 'signal'>,
) => Promise<Record<string, HostTensor>>;

/** Below this a timer is too coarse: the queue looks again at every turn of the event loop. */
const TIMER_MS = 1;

/** The requests of one signature, put together and run as its policy says. */
export class BatchQueue {
  /** Tasks that may run together, by what they have in common; the one that has waited longest is first. */
  private readonly lanes = new Map<string, Task[]>();
  private queuedRequests = 0;
  private queuedRows = 0;
  /** Tasks that were settled while they waited, and still lie in their lanes. */
  private givenUp = 0;
  private running = 0;
  private runningRows = 0;
  private lastEnd = 0;
  private scheduled = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly run: Run,
    private readonly policy: BatchPolicy,
    private readonly slots: Slots,
    private readonly tooLate: (deadlineMs: number) => Error = batchingErrors.expired,
    private readonly observer?: BatchObserver,
  ) {}

  /**
   * Takes a request; resolves with its own rows of its batch's outputs.
   * @throws StatusError UNAVAILABLE at once when the queue is full, the code of its deadline when that passes; or what the
   *   run throws for this very request
   */
  submit(inputs: Named, rows: number, options: TaskOptions): Promise<Record<string, HostTensor>> {
    const {queuedRequests, queuedRows, runningRows, policy} = this;
    const admission = {rows, deadlineMs: options.deadlineMs, queuedRequests, queuedRows, runningRows};
    if (!policy.admits(admission)) return Promise.reject(batchingErrors.full());
    this.queuedRequests++;
    this.queuedRows += rows;
    this.observer?.submitted(rows, Object.keys(inputs).length);
    const task = new Task(inputs, rows, options, this.tooLate, settled => this.leave(settled));
    const key = laneOf(inputs, policy.padInputs);
    const lane = this.lanes.get(key);
    if (lane === undefined) this.lanes.set(key, [task]);
    else lane.push(task);
    policy.arrived(rows, this.queuedRows + this.runningRows);
    this.schedule();
    return task.promise;
  }

  /** Requests that have come in during this turn of the event loop are seen together. */
  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(this.turn);
  }

  private readonly turn = (): void => {
    this.scheduled = false;
    this.pump();
  };

  private pump(): void {
    clearTimeout(this.timer);
    for (const [key, lane] of [...this.lanes]) {
      const live = this.givenUp === 0 ? lane : lane.filter(({settled}) => !settled);
      const more = this.pumpLane(live);
      // What is left over goes to the end, so that no lane is starved. One that is the only one stays, be it empty.
      const only = this.lanes.size === 1;
      if (!only) this.lanes.delete(key);
      if (only || live.length > 0) this.lanes.set(key, live);
      if (!more) return;
    }
    this.givenUp = 0;
  }

  /** False when nothing more can start now. */
  private pumpLane(lane: Task[]): boolean {
    while (lane.length > 0) {
      const now = performance.now();
      const oldest = (lane[0] as Task).since;
      const decision = this.policy.decide({
        rows: lane.reduce((sum, {rows}) => sum + rows, 0),
        waitedMs: now - oldest,
        readyMs: now - Math.max(oldest, this.lastEnd),
        running: this.running,
        runningRows: this.runningRows,
      });
      if (decision === null) return false;
      if ('waitMs' in decision) {
        this.lookAgain(decision.waitMs);
        return true;
      }
      if (!this.slots.take(this.turn)) return false;
      this.start(takeFrom(lane, decision.run));
    }
    return true;
  }

  private lookAgain(ms: number): void {
    if (ms < TIMER_MS) this.schedule();
    else this.timer = setTimeout(this.turn, ms);
  }

  private start(batch: Task[]): void {
    let rows = 0;
    for (const task of batch) {
      this.leave(task);
      task.running = true;
      rows += task.rows;
    }
    this.running++;
    this.runningRows += rows;
    this.policy.started(rows);
    const started = performance.now();
    for (const task of batch) this.observer?.dequeued(started - task.since);
    void this.answer(batch, rows).finally(() => {
      const ended = performance.now();
      this.policy.finished(rows, ended - started);
      this.lastEnd = ended;
      this.running--;
      this.runningRows -= rows;
      this.slots.free();
      this.schedule();
    });
  }

  /**
   * Runs a batch, as long as one of its requests is waited for; never rejects. When the batch fails, each of its requests gets
   * a run of its own: one may be the bad one. So does one that was alone when the engine ended, which may have been another's
   * fault; but only once.
   */
  private async answer(batch: readonly Task[], rows: number): Promise<void> {
    const run = new SharedRun(batch.length);
    for (const task of batch) task.run = run;
    try {
      const padded = this.policy.paddedRows(rows);
      this.observer?.running(padded, padded - rows);
      const parts = batch.map(({inputs}) => inputs);
      const whole = parts.length === 1 && padded === rows ? (parts[0] as Named) : concatenate(parts, padded);
      const outputs = await this.run(whole, {deadlineMs: deadlineOf(batch), signal: run.signal});
      const pieces = splitRows(
        outputs,
        batch.map(task => task.rows),
        padded,
      );
      batch.forEach((task, i) => task.resolve(pieces[i] as Record<string, HostTensor>));
    } catch (error) {
      const again = batch.length > 1 || (error instanceof EngineLostError && !batch[0]?.again);
      if (!again) return batch[0]?.reject(error);
      for (const task of batch) {
        task.again = true;
        if (!task.settled) await this.answer([task], task.rows);
      }
    }
  }

  /** Counts a task out that has left the queue, by running or by being given up. */
  private leave(task: Task): void {
    if (task.running) return task.run?.leave();
    if (task.settled) this.givenUp++;
    this.queuedRequests--;
    this.queuedRows -= task.rows;
  }
}

/** Takes tasks from the front as long as they fit into `rows`; at least one. */
function takeFrom(lane: Task[], rows: number): Task[] {
  let count = 1;
  let taken = (lane[0] as Task).rows;
  for (; count < lane.length; count++) {
    taken += (lane[count] as Task).rows;
    if (taken > rows) break;
  }
  return lane.splice(0, count);
}

/** A run may take as long as the most patient of its requests, in ms; undefined when that waits for ever. */
function deadlineOf(batch: readonly Task[]): number | undefined {
  let most = 0;
  for (const {leftMs} of batch) {
    if (leftMs === undefined) return undefined;
    most = Math.max(most, leftMs);
  }
  return most;
}
