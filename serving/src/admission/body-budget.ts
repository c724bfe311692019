import {totalmem} from 'node:os';
import {StatusError} from '../status/status.js';

/** Bodies up to this size are not counted: the number of connections bounds them, and most requests are no larger. */
export const UNCOUNTED_BYTES = 64 * 1024;

/** Of the machine's memory, when no limit is set: what is read is copied and computed with. */
const SHARE_OF_MEMORY = 1 / 8;

/** @param megabytes what was set; 0 for a share of the memory of the machine or of its container */
export function bodyBudgetBytes(megabytes: number): number {
  if (megabytes > 0) return megabytes * 2 ** 20;
  // 0 where there is no limit but the machine's.
  const constrained = process.constrainedMemory();
  return SHARE_OF_MEMORY * (constrained > 0 ? Math.min(constrained, totalmem()) : totalmem());
}

/**
 * What the bodies of all requests that are being read or answered may take together, over all doors, and those of the answers
 * that their clients have not read yet. One body alone may be larger than that: its own limit bounds it.
 */
export class BodyBudget {
  private used = 0;

  constructor(private readonly limitBytes: number) {}

  /** Bytes that are taken now. */
  get usedBytes(): number {
    return this.used;
  }

  reserve(): BodyReservation {
    return new BodyReservation(this);
  }

  /** Whether a body of that size would be taken now. */
  admits(bytes: number): boolean {
    return bytes <= UNCOUNTED_BYTES || this.fits(bytes);
  }

  /** False when there is no room beside what others have. */
  fits(bytes: number, own = 0): boolean {
    return this.used === own || this.used + bytes <= this.limitBytes;
  }

  take(bytes: number): void {
    this.used += bytes;
  }

  give(bytes: number): void {
    this.used -= bytes;
  }
}

/** The part of the budget that one request has. */
export class BodyReservation {
  /** All bytes of the request's body so far. */
  private bytes = 0;
  private taken = 0;

  constructor(private readonly budget: BodyBudget) {}

  /** Says how much is to come. @throws StatusError UNAVAILABLE when there would be no room for it */
  expect(bytes: number): void {
    if (this.bytes + bytes > UNCOUNTED_BYTES && !this.budget.fits(bytes, this.taken)) throw full(bytes);
  }

  /** @throws StatusError UNAVAILABLE when there is no room */
  grow(bytes: number): void {
    this.bytes += bytes;
    if (this.bytes <= UNCOUNTED_BYTES) return;
    const more = this.bytes - this.taken;
    if (!this.budget.fits(more, this.taken)) throw full(this.bytes);
    this.budget.take(more);
    this.taken = this.bytes;
  }

  /** Gives everything back. */
  release(): void {
    this.budget.give(this.taken);
    this.taken = 0;
    this.bytes = 0;
  }
}

function full(bytes: number): StatusError {
  return new StatusError(
    'UNAVAILABLE',
    `The server holds as many large bodies as it has memory for (--max_bodies_in_flight_mb); there is no room for one of ${bytes} bytes now`,
  );
}
