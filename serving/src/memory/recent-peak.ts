/** The most of what was noted lately: over the last two spans of time at most, over one at least. */
export class RecentPeak {
  private current = -Infinity;
  private before = -Infinity;
  private since: number;

  /** @param now a clock in ms */
  constructor(
    private readonly spanMs: number,
    private readonly now: () => number,
  ) {
    this.since = now();
  }

  note(value: number): void {
    const passed = this.now() - this.since;
    if (passed >= this.spanMs) {
      this.before = passed < 2 * this.spanMs ? this.current : -Infinity;
      this.current = -Infinity;
      this.since = this.now();
    }
    this.current = Math.max(this.current, value);
  }

  /** -Infinity when nothing was noted. */
  get value(): number {
    return Math.max(this.current, this.before);
  }
}
