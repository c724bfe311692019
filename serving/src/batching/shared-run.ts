import {Cancellation} from '../deadline/cancellation.js';

/** A run for several requests: it is given up once none of them waits for it any more. */
export class SharedRun {
  readonly signal = new Cancellation();

  /** @param waiting how many requests it is for */
  constructor(private waiting: number) {}

  /** One of them has its answer, or wants none any more. */
  leave(): void {
    if (--this.waiting === 0) this.signal.abort();
  }
}
