import type {Lease, Servable} from '../servable.js';

/** A servable that answers, and how many are using it. */
export class InService {
  private leases = 0;
  private drained: (() => void) | null = null;

  constructor(readonly servable: Servable) {}

  /** How many leases there are now. */
  get inFlight(): number {
    return this.leases;
  }

  lease(): Lease {
    const {servable} = this;
    this.leases++;
    let held = true;
    return {
      servable,
      release: () => {
        if (!held) throw new Error(`${servable.model}/${servable.version} was released twice`);
        held = false;
        if (--this.leases === 0) this.drained?.();
      },
    };
  }

  /** Frees its memory once the last lease is through; nobody may take one any more. */
  async end(): Promise<void> {
    if (this.leases > 0) await new Promise<void>(resolve => (this.drained = resolve));
    await this.servable.loaded.dispose();
  }
}
