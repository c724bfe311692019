/** What the newest run of a size counts for, against all before it: one that was held up tells less than one that was not. */
const SLOWER = 0.1;
const FASTER = 0.5;
/** From so many runs on a size is as well known as it gets. */
const ENOUGH = 4;
/** Sizes that lie closer together, as a share of their mean's square, say nothing about the fixed part. */
const SPREAD = 0.01;

/** Runs of about the same size: rows and ms of the usual one. */
interface Size {
  rows: number;
  ms: number;
  runs: number;
}

export interface Line {
  readonly fixed: number;
  readonly perRow: number;
}

/**
 * How long a run of so many rows takes, learned from runs: `fixed + perRow * rows`, in ms. Each size from one power of two to the
 * next counts as much as every other, however long ago it was seen: clients in step bring batches of one size for
 * minutes, and what others have told about the fixed part must not be forgotten over that.
 */
export class RunTimes {
  private readonly sizes: (Size | undefined)[] = [];
  private learned: Line = {fixed: 0, perRow: 0};

  observe(rows: number, ms: number): void {
    const power = 31 - Math.clz32(rows);
    const size = (this.sizes[power] ??= {rows, ms, runs: 0});
    // The first one is forgotten at the second: TensorFlow makes code for a size when it is run first.
    const share = Math.max(ms < size.ms ? FASTER : SLOWER, 1 / Math.max(1, size.runs++));
    size.rows += share * (rows - size.rows);
    size.ms += share * (ms - size.ms);
    this.learned = this.fit();
  }

  /** Zero for both before anything is known; all of it `perRow` while only one size was seen. */
  line(): Line {
    return this.learned;
  }

  /** The least-squares line through the sizes. */
  private fit(): Line {
    let [weight, rows, ms, rowsRows, rowsMs] = [0, 0, 0, 0, 0];
    for (const size of this.sizes) {
      if (size === undefined || size.runs < 2) continue;
      const counts = Math.min(ENOUGH, size.runs);
      weight += counts;
      rows += counts * size.rows;
      ms += counts * size.ms;
      rowsRows += counts * size.rows * size.rows;
      rowsMs += counts * size.rows * size.ms;
    }
    if (weight === 0) return this.learned;
    const [meanRows, meanMs] = [rows / weight, ms / weight];
    const variance = rowsRows / weight - meanRows * meanRows;
    const most = meanMs / meanRows;
    if (variance < SPREAD * meanRows * meanRows) return {fixed: 0, perRow: most};
    const slope = (rowsMs / weight - meanRows * meanMs) / variance;
    const perRow = Math.min(most, Math.max(0, slope));
    return {fixed: meanMs - perRow * meanRows, perRow};
  }
}
