/** What waits in a queue and what runs of it, in rows (instances) and ms. */
export interface QueueView {
  /** Rows that could run together now. */
  readonly rows: number;
  /** How long the oldest of them has waited. */
  readonly waitedMs: number;
  /** How long a run could have been started: since the last one ended, or since the oldest came. */
  readonly readyMs: number;
  /** Batches that are running, and their rows. */
  readonly running: number;
  readonly runningRows: number;
}

/** Run at most so many rows now; or look again after a time; or (null) when something has happened. */
export type Decision = {readonly run: number} | {readonly waitMs: number} | null;

/** What is asked before a request may wait. */
export interface Admission {
  readonly rows: number;
  /** Undefined when the request may take as long as it likes. */
  readonly deadlineMs: number | undefined;
  readonly queuedRequests: number;
  readonly queuedRows: number;
  readonly runningRows: number;
}

/** When a queue's requests run and how many together. It does nothing itself: it is told, and decides. */
export interface BatchPolicy {
  /** A request with more rows is refused. */
  readonly maxRequestRows: number;
  /** A request with more rows is cut up, where `split` is true, or runs by itself. */
  readonly maxRows: number;
  readonly split: boolean;
  /** Rows that a batch is filled up to; the same number when it needs no filling. */
  paddedRows(rows: number): number;
  /** Pads inputs of different sizes beyond the first axis to the largest. */
  readonly padInputs: boolean;
  admits(admission: Admission): boolean;
  /** A request is there; `inSystem` rows wait or run now. */
  arrived(rows: number, inSystem: number): void;
  decide(view: QueueView): Decision;
  /** A batch has left the queue, and after how long it was through. */
  started(rows: number): void;
  finished(rows: number, ms: number): void;
}
