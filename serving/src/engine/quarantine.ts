/** So many engines in a row must have ended in a signature's runs: fewer may be another's fault. */
const LOSSES = 3;
const FIRST_MS = 10_000;
const LONGEST_MS = 600_000;

interface Trouble {
  /** Why the last engine ended: the same for all that were in it. */
  lastEnd: object;
  losses: number;
  until: number;
}

/**
 * Keeps signatures from running that end every engine that they run in, for longer each time: the models beside them are gone
 * with the engine, too. One run that succeeds clears a signature of all that went before.
 */
export class Quarantine {
  private readonly troubles = new Map<string, Trouble>();

  /** @param now a clock in ms that does not go back */
  constructor(private readonly now: () => number) {}

  /** For how long the signature is kept from running, in ms; 0 when it is not. */
  leftMs(signature: string): number {
    const trouble = this.troubles.size > 0 ? this.troubles.get(signature) : undefined;
    return trouble === undefined ? 0 : Math.max(0, trouble.until - this.now());
  }

  /** How many engines in a row have ended while it ran. */
  losses(signature: string): number {
    return this.troubles.get(signature)?.losses ?? 0;
  }

  succeeded(signature: string): void {
    if (this.troubles.size > 0) this.troubles.delete(signature);
  }

  /** Its run was in an engine that ended. @returns for how long it is kept from running from now on, in ms */
  lost(signature: string, end: object): number {
    const trouble = this.troubles.get(signature) ?? {lastEnd: {}, losses: 0, until: 0};
    this.troubles.set(signature, trouble);
    if (trouble.lastEnd === end) return 0;
    trouble.lastEnd = end;
    trouble.losses++;
    if (trouble.losses < LOSSES) return 0;
    const pause = Math.min(LONGEST_MS, FIRST_MS * 2 ** (trouble.losses - LOSSES));
    trouble.until = this.now() + pause;
    return pause;
  }
}
