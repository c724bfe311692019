/** A power of two. */
const SLOTS = 16;
/** What is around the values of a message that is remembered; others are read as they come. */
const MOST_AROUND = 512;
/** So often may others come in its place before one is forgotten: models that are asked in turn do not drive each other out. */
const PATIENCE = 8;

/** A message that was read, without its values. */
export interface Known<Read> {
  readonly read: Read;
  /** Where the values lie. */
  readonly start: number;
  readonly end: number;
}

interface Slot<Read> extends Known<Read> {
  readonly length: number;
  readonly before: Buffer;
  readonly after: Buffer;
  missed: number;
}

/**
 * Remembers messages that were read lately. A client's requests differ in their values alone: what was read of the one holds
 * for the next, as long as every byte around its values is the same.
 */
export class AlikeMessages<Read> {
  private readonly slots = new Array<Slot<Read> | undefined>(SLOTS).fill(undefined);

  /** What is known of a message that is like this one; null when there is none. */
  find(message: Buffer): Known<Read> | null {
    const slot = this.slots[slotOf(message.length)];
    if (slot === undefined || slot.length !== message.length) return null;
    return isAt(slot.before, message, 0) && isAt(slot.after, message, slot.end) ? slot : null;
  }

  /** Whether a message of so many bytes that was not found would be remembered: to be asked once for each. */
  wants(length: number): boolean {
    const old = this.slots[slotOf(length)];
    return old === undefined || ++old.missed >= PATIENCE;
  }

  /** @param values the view of `message` in which its values lie: all other bytes of it say what was read */
  remember(message: Buffer, values: Buffer, read: Read): void {
    const {length} = message;
    if (length - values.length > MOST_AROUND) return;
    const start = values.byteOffset - message.byteOffset;
    const end = start + values.length;
    // Copies: the message is a view of what the socket gave.
    const [before, after] = [Buffer.from(message.subarray(0, start)), Buffer.from(message.subarray(end))];
    this.slots[slotOf(length)] = {read, start, end, length, before, after, missed: 0};
  }
}

function slotOf(length: number): number {
  return (length ^ (length >> 4)) & (SLOTS - 1);
}

function isAt(wanted: Buffer, message: Buffer, from: number): boolean {
  for (let i = 0; i < wanted.length; i++) if (wanted[i] !== message[from + i]) return false;
  return true;
}
