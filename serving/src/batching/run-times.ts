/** What older runs count for, against the newest. */
const DECAY = 0.97;

/**
 * How long a run of so many rows takes, learned from runs: `fixed + perRow * rows`, the least-squares line through the
 * recent ones, in ms.
 */
export class RunTimes {
  private weight = 0;
  private rows = 0;
  private ms = 0;
  private rowsRows = 0;
  private rowsMs = 0;

  observe(rows: number, ms: number): void {
    this.weight = this.weight * DECAY + 1;
    this.rows = this.rows * DECAY + rows;
    this.ms = this.ms * DECAY + ms;
    this.rowsRows = this.rowsRows * DECAY + rows * rows;
    this.rowsMs = this.rowsMs * DECAY + rows * ms;
  }

  /** Zero for both before anything is known; all of it `perRow` while only one size was seen. */
  line(): {readonly fixed: number; readonly perRow: number} {
    if (this.weight === 0) return {fixed: 0, perRow: 0};
    const meanRows = this.rows / this.weight;
    const meanMs = this.ms / this.weight;
    const variance = this.rowsRows / this.weight - meanRows * meanRows;
    const most = meanRows > 0 ? meanMs / meanRows : 0;
    if (variance < 0.01 * meanRows * meanRows) return {fixed: 0, perRow: most};
    const slope = (this.rowsMs / this.weight - meanRows * meanMs) / variance;
    const perRow = Math.min(most, Math.max(0, slope));
    return {fixed: meanMs - perRow * meanRows, perRow};
  }
}
