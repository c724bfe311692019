import {StatusError} from '../../status/status.js';
import type {BodyReservation} from '../../admission/body-budget.js';

/** Compressed-Flag and Message-Length. */
export const PREFIX_BYTES = 5;

/** Writes the prefix of a message of so many bytes. */
export function writePrefix(into: Buffer, at: number, length: number, compressed: boolean): void {
  into[at] = compressed ? 1 : 0;
  into.writeUInt32BE(length, at + 1);
}

export interface IncomingMessage {
  readonly bytes: Buffer;
  readonly compressed: boolean;
}

/** Told of each message. */
export interface MessageListener {
  message(message: IncomingMessage): void;
}

/** Cuts a stream's data into its length-prefixed messages. One that lies within one piece is a view of it. */
export class MessageReader {
  /** Only for one that comes in pieces. */
  private prefix: Buffer | null = null;
  private prefixFilled = 0;
  private body: Buffer | null = null;
  private compressed = false;
  private bodyFilled = 0;

  constructor(
    private readonly maxBytes: number,
    private readonly reservation: BodyReservation,
    private readonly listener: MessageListener,
  ) {}

  /** How many bytes of the message under way are still to come; 0 between two messages. */
  get missing(): number {
    if (this.body !== null) return this.body.length - this.bodyFilled;
    return this.prefixFilled === 0 ? 0 : PREFIX_BYTES - this.prefixFilled;
  }

  /**
   * Takes what lies from `start` to `limit`.
   * @throws StatusError RESOURCE_EXHAUSTED when a message is too large, INTERNAL when it is malformed, and of the reservation
   */
  push(bytes: Buffer, start = 0, limit = bytes.length): void {
    let at = start;
    while (at < limit) {
      if (this.body !== null) {
        const copied = bytes.copy(this.body, this.bodyFilled, at, limit);
        this.reservation.grow(copied);
        this.bodyFilled += copied;
        at += copied;
        if (this.bodyFilled === this.body.length) this.complete(this.body);
        continue;
      }
      if (this.prefixFilled === 0 && limit - at >= PREFIX_BYTES) {
        const length = this.lengthOf(bytes, at);
        const end = at + PREFIX_BYTES + length;
        if (end <= limit) {
          this.listener.message({bytes: bytes.subarray(at + PREFIX_BYTES, end), compressed: bytes[at] === 1});
          at = end;
          continue;
        }
      }
      const prefix = (this.prefix ??= Buffer.allocUnsafe(PREFIX_BYTES));
      const copied = bytes.copy(prefix, this.prefixFilled, at, Math.min(limit, at + PREFIX_BYTES - this.prefixFilled));
      this.prefixFilled += copied;
      at += copied;
      if (this.prefixFilled === PREFIX_BYTES) this.begin(this.lengthOf(prefix, 0), prefix[0] === 1);
    }
  }

  private begin(length: number, compressed: boolean): void {
    this.compressed = compressed;
    this.reservation.expect(length);
    this.body = allocate(length);
    this.bodyFilled = 0;
    if (length === 0) this.complete(this.body);
  }

  private complete(bytes: Buffer): void {
    this.body = null;
    this.prefixFilled = 0;
    this.listener.message({bytes, compressed: this.compressed});
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
