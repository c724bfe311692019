import {StatusError} from '../../status/status.js';
import type {BodyReservation} from '../../admission/body-budget.js';

/** Compressed-Flag and Message-Length. */
export const PREFIX_BYTES = 5;

export interface IncomingMessage {
  readonly bytes: Buffer;
  readonly compressed: boolean;
}

/** Cuts a stream's data into its length-prefixed messages. One that lies within one piece is a view of it. */
export class MessageReader {
  private readonly prefix = Buffer.allocUnsafe(PREFIX_BYTES);
  private prefixFilled = 0;
  private body: Buffer | null = null;
  private bodyFilled = 0;

  constructor(
    private readonly maxBytes: number,
    private readonly reservation: BodyReservation,
    private readonly onMessage: (message: IncomingMessage) => void,
  ) {}

  /** How many bytes of the message under way are still to come; 0 between two messages. */
  get missing(): number {
    if (this.body !== null) return this.body.length - this.bodyFilled;
    return this.prefixFilled === 0 ? 0 : PREFIX_BYTES - this.prefixFilled;
  }

  /** @throws StatusError RESOURCE_EXHAUSTED when a message is too large, INTERNAL when it is malformed, and of the reservation */
  push(bytes: Buffer): void {
    let at = 0;
    while (at < bytes.length) {
      if (this.body !== null) {
        const copied = bytes.copy(this.body, this.bodyFilled, at);
        this.reservation.grow(copied);
        this.bodyFilled += copied;
        at += copied;
        if (this.bodyFilled === this.body.length) this.complete(this.body);
        continue;
      }
      if (this.prefixFilled === 0 && bytes.length - at >= PREFIX_BYTES) {
        const length = this.lengthOf(bytes, at);
        const end = at + PREFIX_BYTES + length;
        if (end <= bytes.length) {
          this.onMessage({bytes: bytes.subarray(at + PREFIX_BYTES, end), compressed: bytes[at] === 1});
          at = end;
          continue;
        }
      }
      const copied = bytes.copy(this.prefix, this.prefixFilled, at, at + PREFIX_BYTES - this.prefixFilled);
      this.prefixFilled += copied;
      at += copied;
      if (this.prefixFilled === PREFIX_BYTES) this.begin(this.lengthOf(this.prefix, 0));
    }
  }

  private begin(length: number): void {
    this.reservation.expect(length);
    this.body = allocate(length);
    this.bodyFilled = 0;
    if (length === 0) this.complete(this.body);
  }

  private complete(bytes: Buffer): void {
    this.body = null;
    this.prefixFilled = 0;
    this.onMessage({bytes, compressed: this.prefix[0] === 1});
  }

  private lengthOf(bytes: Buffer, at: number): number {
    if ((bytes[at] as number) > 1) throw new StatusError('INTERNAL', `The compressed flag is ${bytes[at]}`);
    const length = bytes.readUInt32BE(at + 1);
    if (length > this.maxBytes) throw tooLarge(length, this.maxBytes);
    return length;
  }
}

/** Memory that is given out only as it is written to, whatever size is announced. */
function allocate(length: number): Buffer {
  try {
    return Buffer.allocUnsafe(length);
  } catch (error) {
    throw new StatusError('RESOURCE_EXHAUSTED', `There is no memory for a message of ${length} bytes`, {cause: error});
  }
}

export function tooLarge(length: number | 'more', maxBytes: number): StatusError {
  return new StatusError('RESOURCE_EXHAUSTED', `Received message larger than max (${length} vs. ${maxBytes})`);
}
