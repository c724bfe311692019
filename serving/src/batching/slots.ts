/** Lets at most `most` batches run at once, over all queues: those that find no slot get one in turn. */
export class Slots {
  private running = 0;
  private readonly waiting = new Set<() => void>();

  constructor(private readonly most: number) {}

  /** True when the caller may run a batch; else `retry` is called when a slot is free. */
  take(retry: () => void): boolean {
    if (this.running >= this.most) {
      this.waiting.add(retry);
      return false;
    }
    this.running++;
    return true;
  }

  free(): void {
    this.running--;
    for (const retry of this.waiting) {
      this.waiting.delete(retry);
      retry();
      if (this.running >= this.most) return;
    }
  }
}
