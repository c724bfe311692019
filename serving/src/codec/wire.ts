import {invalidArgument} from '../status/status.js';
import {nameAt} from './names.js';

/** Protocol buffers' wire format (https://protobuf.dev/programming-guides/encoding), for the messages on the hot path. */

export const VARINT = 0;
export const FIXED64 = 1;
export const BYTES = 2;
export const FIXED32 = 5;

export const malformed = (): Error => invalidArgument('The message is not a valid protocol buffer');

/** Reads one message; every method throws StatusError INVALID_ARGUMENT where the bytes end too early or make no sense. */
export class WireReader {
  /** @param end where the message ends that begins at `at` */
  constructor(
    private readonly bytes: Buffer,
    private at = 0,
    private readonly end = bytes.length,
  ) {}

  get done(): boolean {
    return this.at >= this.end;
  }

  /** The next field's number and wire type. */
  tag(): {field: number; type: number} {
    const tag = this.uint32();
    const field = tag >>> 3;
    if (field === 0) throw malformed();
    return {field, type: tag & 7};
  }

  /** The low 32 bits of a varint, unsigned. */
  uint32(): number {
    let byte = this.byte();
    if (byte < 0x80) return byte;
    let value = byte & 0x7f;
    for (let shift = 7; shift < 70; shift += 7) {
      byte = this.byte();
      if (shift < 32) value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
    throw malformed();
  }

  int32(): number {
    return this.uint32() | 0;
  }

  uint64(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.byte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw malformed();
  }

  int64(): bigint {
    return BigInt.asIntN(64, this.uint64());
  }

  /** The same, as a number where it is one of a single byte, as most are. */
  integer(): number | bigint {
    const byte = this.at < this.end ? (this.bytes[this.at] as number) : 0x80;
    if (byte >= 0x80) return this.int64();
    this.at++;
    return byte;
  }

  /** A length-delimited value, as a view. */
  view(): Buffer {
    return this.fixed(this.uint32());
  }

  /** The same, to be read as a message. */
  message(): WireReader {
    const start = this.pass(this.uint32());
    return new WireReader(this.bytes, start, this.at);
  }

  text(): string {
    const start = this.pass(this.uint32());
    return nameAt(this.bytes, start, this.at);
  }

  /** A value of so many bytes, as a view. */
  fixed(size: number): Buffer {
    const start = this.pass(size);
    return this.bytes.subarray(start, this.at);
  }

  skip(type: number): void {
    if (type === VARINT) this.uint64();
    else if (type === BYTES) this.pass(this.uint32());
    else if (type === FIXED32 || type === FIXED64) this.pass(type === FIXED32 ? 4 : 8);
    else throw malformed();
  }

  private byte(): number {
    if (this.at >= this.end) throw malformed();
    return this.bytes[this.at++] as number;
  }

  /** Goes on after so many bytes; returns where they begin. */
  private pass(length: number): number {
    const start = this.at;
    this.at += length;
    if (this.at > this.end) throw malformed();
    return start;
  }
}

/** The length-delimited fields with that number, in order; everything else is stepped over. */
export function fieldsOf(message: Uint8Array, field: number): Buffer[] {
  const reader = new WireReader(Buffer.from(message.buffer, message.byteOffset, message.byteLength));
  const found: Buffer[] = [];
  while (!reader.done) {
    const tag = reader.tag();
    if (tag.field === field && tag.type === BYTES) found.push(reader.view());
    else reader.skip(tag.type);
  }
  return found;
}

/** Room that a writer begins with, and has to spare when it takes more. */
const ROOM = 512;

/**
 * Writes one message from its end to its beginning, in one pass: what goes before a value is its length, which is known by
 * then. So whoever writes with it says the last field first.
 */
export class WireWriter {
  private buffer = Buffer.allocUnsafe(ROOM);
  /** Where that begins which is written. */
  private at = ROOM;

  bytes(field: number, value: Uint8Array): this {
    return this.raw(value).head(field, BYTES, value.length);
  }

  /** A string; nothing when it is empty, as proto3 has it. */
  text(field: number, value: string): this {
    const {length} = value;
    if (length === 0) return this;
    if (length > ROOM) return this.bytes(field, Buffer.from(value));
    const start = this.room(length);
    const {buffer} = this;
    for (let i = 0; i < length; i++) {
      const code = value.charCodeAt(i);
      if (code >= 0x80) {
        this.at += length;
        return this.bytes(field, Buffer.from(value));
      }
      buffer[start + i] = code;
    }
    return this.head(field, BYTES, length);
  }

  /** A message that `build` writes, with the same writer. */
  message(field: number, build: (inner: WireWriter) => void): this {
    const before = this.length;
    build(this);
    return this.head(field, BYTES, this.length - before);
  }

  varint(field: number, value: bigint | number): this {
    const small = Number(value);
    if (small >= 0 && small < 2 ** 31) this.small(small);
    else this.raw(varint(value));
    return this.small((field << 3) | VARINT);
  }

  float(field: number, value: number): this {
    const start = this.room(4);
    this.buffer.writeFloatLE(value, start);
    return this.small((field << 3) | FIXED32);
  }

  double(field: number, value: number): this {
    const start = this.room(8);
    this.buffer.writeDoubleLE(value, start);
    return this.small((field << 3) | FIXED64);
  }

  /** The message, as a view. */
  finish(): Buffer {
    return this.buffer.subarray(this.at);
  }

  private get length(): number {
    return this.buffer.length - this.at;
  }

  private raw(part: Uint8Array): this {
    // First, since it may change which buffer that is.
    const start = this.room(part.length);
    this.buffer.set(part, start);
    return this;
  }

  private head(field: number, type: number, length: number): this {
    return this.small(length).small((field << 3) | type);
  }

  /** A varint below 2^31. */
  private small(value: number): this {
    let count = 1;
    for (let rest = value >>> 7; rest > 0; rest >>>= 7) count++;
    let at = this.room(count);
    let rest = value;
    for (; rest > 0x7f; rest >>>= 7) this.buffer[at++] = (rest & 0x7f) | 0x80;
    this.buffer[at] = rest;
    return this;
  }

  /** Where so many bytes go. */
  private room(bytes: number): number {
    if (bytes > this.at) this.grow(bytes);
    return (this.at -= bytes);
  }

  private grow(bytes: number): void {
    const {buffer, at, length} = this;
    const larger = Buffer.allocUnsafe(Math.max(2 * buffer.length, length + bytes + ROOM));
    this.at = larger.length - length;
    buffer.copy(larger, this.at, at);
    this.buffer = larger;
  }
}

/** The bytes of a varint; negative numbers take ten, as int32 and int64 do. */
function varint(value: bigint | number): Buffer {
  const bytes: number[] = [];
  if (typeof value === 'number' && value >= 0 && value < 2 ** 31) {
    let rest = value;
    for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
    bytes.push(rest);
  } else {
    let rest = BigInt.asUintN(64, BigInt(value));
    for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
    bytes.push(Number(rest));
  }
  return Buffer.from(bytes);
}
