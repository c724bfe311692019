/** What takes room, and can be asked to give it back. */
export interface Tenant {
  readonly bytes: number;
  /** Grows with every use; the tenant with the smallest is asked first. */
  readonly lastUsed: number;
  /** True while it is being used: another is asked before it. */
  readonly busy: boolean;
  /** Gives its room back once nothing uses it any more. Never rejects. */
  leave(): Promise<void>;
}

/** Room in memory for so many bytes, given to those who ask in the order in which they ask. */
export class Room {
  private readonly tenants = new Set<Tenant>();
  private taken = 0;
  private others = 0;
  private turn: Promise<unknown> = Promise.resolve();
  private freed: (() => void) | null = null;

  constructor(readonly bytes: number) {}

  /** By tenants, and by those who are about to be some. */
  get used(): number {
    return this.taken;
  }

  /** What is taken by others than tenants, who cannot be asked to leave. */
  get usedByOthers(): number {
    return this.others;
  }

  /** Others take so much from now on: where there is no room for that, idle tenants are asked to leave, but for the last one. */
  giveToOthers(bytes: number): void {
    this.others = bytes;
    this.turn = this.turn.then(() => this.relieve()).catch(() => undefined);
  }

  /**
   * Resolves once there is room; until then, those who have not been used for the longest are asked to leave. Who needs more
   * than there is gets it when nobody else has any.
   */
  reserve(bytes: number): Promise<void> {
    const mine = this.turn.then(() => this.make(bytes));
    this.turn = mine.catch(() => undefined);
    return mine;
  }

  /** What was reserved is taken by a tenant who can be asked to leave from now on. */
  settle(tenant: Tenant): void {
    this.tenants.add(tenant);
    this.freed?.();
  }

  /** Gives back what was reserved. */
  free(bytes: number, tenant?: Tenant): void {
    this.taken -= bytes;
    if (tenant !== undefined) this.tenants.delete(tenant);
    this.freed?.();
  }

  private async make(bytes: number): Promise<void> {
    while (this.taken > 0 && this.taken + this.others + bytes > this.bytes) {
      const last = this.leastUsed();
      if (last === null) {
        // All that is taken is still being loaded, or is on its way out.
        await new Promise<void>(resolve => (this.freed = resolve));
        continue;
      }
      this.tenants.delete(last);
      await last.leave();
    }
    this.taken += bytes;
  }

  private async relieve(): Promise<void> {
    while (this.tenants.size > 1 && this.taken + this.others > this.bytes) {
      const last = this.leastUsed();
      if (last === null || last.busy) return;
      this.tenants.delete(last);
      await last.leave();
    }
  }

  private leastUsed(): Tenant | null {
    let last: Tenant | null = null;
    for (const tenant of this.tenants) {
      const before =
        last === null || (tenant.busy === last.busy ? tenant.lastUsed < last.lastUsed : !tenant.busy && last.busy);
      if (before) last = tenant;
    }
    return last;
  }
}
