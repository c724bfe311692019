import type {Admission, BatchPolicy, Decision, QueueView} from './policy.js';
import {RunTimes} from './run-times.js';

export interface AdaptiveOptions {
  /** Batches of one queue that run at once: the processor's cores. */
  readonly parallel: number;
  /** No batch is made so large that its run alone is expected to take more than half of this. */
  readonly latencyTargetMs: number;
  readonly maxQueuedRequests: number;
}

/** The memory of a batch's activations grows with it, and what there is to win does not. */
const MAX_ROWS = 512;
/** A window in which too few came keeps the next ones shut for a while, at most for so many batches. */
const MAX_SKIPPED = 64;

/**
 * Batches by what it has seen: how long runs of each size take, and how many rows tend to be there at once.
 *
 * A request runs at once while nothing else is there. What comes during a run goes together in the next one. When the
 * answers of a run are likely to bring their clients back, the next run waits for them, at most as long as the fixed cost
 * of a run: what waiting may lose is never more than what it saves by one run less (the bound of the ski-rental problem).
 */
export class AdaptivePolicy implements BatchPolicy {
  readonly maxRows = MAX_ROWS;
  readonly maxRequestRows = Infinity;
  readonly split = false;
  readonly padInputs = false;
  private readonly times = new RunTimes();
  /** Rows that are in the system at once, as learned. */
  private expected = 1;
  private waiting = false;
  private skip = 0;
  private nextSkip = 1;

  constructor(private readonly options: AdaptiveOptions) {}

  paddedRows(rows: number): number {
    return rows;
  }

  /** False when the queue is long, or so slow that the answer would come too late anyway. */
  admits({rows, deadlineMs, queuedRequests, queuedRows, runningRows}: Admission): boolean {
    if (queuedRequests >= this.options.maxQueuedRequests) return false;
    if (deadlineMs === undefined || queuedRequests === 0) return true;
    const ahead = queuedRows + runningRows + rows;
    return (ahead * this.times.line().perRow) / this.options.parallel <= deadlineMs;
  }

  arrived(_rows: number, inSystem: number): void {
    this.expected = Math.max(this.expected, inSystem);
  }

  decide({rows, readyMs, running, runningRows}: QueueView): Decision {
    const {parallel, latencyTargetMs} = this.options;
    const free = parallel - running;
    if (rows === 0 || free <= 0) return null;
    const {fixed, perRow} = this.times.line();
    const cap = perRow > 0 ? clamp(Math.floor((latencyTargetMs / 2 - fixed) / perRow), 1, MAX_ROWS) : MAX_ROWS;
    // Below this size a batch is mostly fixed cost: it is not worth cutting it up for the sake of more cores.
    const worthwhile = perRow > 0 ? Math.ceil(fixed / perRow) : 1;
    const share = (all: number, slots: number): number => clamp(Math.max(Math.ceil(all / slots), worthwhile), 1, cap);
    const wanted = Math.min(share(this.expected, parallel), Math.max(1, this.expected - runningRows));
    const enough = rows >= wanted;
    if (!enough && this.skip === 0) {
      const windowMs = Math.min(fixed, latencyTargetMs / 8);
      if (readyMs < windowMs) {
        this.waiting = true;
        return {waitMs: windowMs - readyMs};
      }
    }
    this.learn(rows + runningRows, enough);
    return {run: Math.min(rows, share(rows, free))};
  }

  started(): void {
    if (this.skip > 0) this.skip--;
  }

  finished(rows: number, ms: number): void {
    this.times.observe(rows, ms);
  }

  private learn(seen: number, enough: boolean): void {
    if (enough) {
      if (this.waiting) this.nextSkip = 1;
    } else {
      this.expected = Math.max(1, Math.floor((this.expected + seen) / 2));
      if (this.waiting) {
        this.skip = this.nextSkip;
        this.nextSkip = Math.min(MAX_SKIPPED, this.nextSkip * 2);
      }
    }
    this.waiting = false;
  }
}

function clamp(value: number, least: number, most: number): number {
  return Math.max(least, Math.min(most, value));
}
