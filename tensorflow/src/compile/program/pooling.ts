/** Steps that are over sooner (milliseconds) have nothing to gain from a second thread. */
const SHORT = 0.5;

/** So many steps are tried each way, in turns, and that again after so many steps: the machine's other work changes. */
const TRIES = 5;
const RETRY = 500;

/**
 * Decides whether the ops of a step run side by side on TensorFlow's threads, or one after the other on the caller's. Which
 * is faster depends on graph and machine, so both are tried. The results are the same.
 */
export class Pooling {
  private step = 0;
  private least = {caller: Infinity, pool: Infinity};
  private pooled = false;

  /** @param now milliseconds, of a clock that never goes back */
  constructor(private readonly now: () => number = () => performance.now()) {}

  /** Runs a step. */
  run<T>(step: (pooled: boolean) => T): T {
    // The first step of all makes what the others use.
    const at = this.step++ - 1;
    const turn = at % RETRY;
    if (at < 0 || turn >= 2 * TRIES) return step(this.pooled);
    if (turn === 0) this.least = {caller: Infinity, pool: Infinity};
    const pooled = turn % 2 === 1 && this.least.caller >= SHORT;
    const start = this.now();
    const result = step(pooled);
    const way = pooled ? 'pool' : 'caller';
    this.least[way] = Math.min(this.least[way], this.now() - start);
    this.pooled = this.least.pool < this.least.caller;
    return result;
  }
}
