/** Told of what batching does, for metrics. */
export interface BatchObserver {
  /** A request came: its rows, once for each of its inputs. */
  submitted(rows: number, inputs: number): void;
  /** A request has left its queue to run. */
  dequeued(waitedMs: number): void;
  /** A batch runs: all its rows, and how many of them only fill it up. */
  running(rows: number, padding: number): void;
}
