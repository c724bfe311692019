import {invalidArgument} from '../status/status.js';

/** Protocol buffers' wire format (https://protobuf.dev/programming-guides/encoding), for the messages on the hot path. */

export const VARINT = 0;
export const FIXED64 = 1;
export const BYTES = 2;
export const FIXED32 = 5;

const malformed = (): Error => invalidArgument('The message is not a valid protocol buffer');

/** Reads one message; every method throws StatusError INVALID_ARGUMENT where the bytes end too early or make no sense. */
export class WireReader {
  private at = 0;

  constructor(readonly bytes: Buffer) {}

  get done(): boolean {
    return this.at >= this.bytes.length;
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
    const {bytes} = this;
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = bytes[this.at++];
      if (byte === undefined) throw malformed();
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
      const byte = this.bytes[this.at++];
      if (byte === undefined) throw malformed();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw malformed();
  }

  int64(): bigint {
    return BigInt.asIntN(64, this.uint64());
  }

  /** A length-delimited value, as a view. */
  view(): Buffer {
    return this.take(this.uint32());
  }

  text(): string {
    return this.view().toString('utf8');
  }

  fixed(size: 4 | 8): Buffer {
    return this.take(size);
  }

  skip(type: number): void {
    if (type === VARINT) this.uint64();
    else if (type === BYTES) this.view();
    else if (type === FIXED32 || type === FIXED64) this.take(type === FIXED32 ? 4 : 8);
    else throw malformed();
  }

  private take(length: number): Buffer {
    const start = this.at;
    this.at += length;
    if (this.at > this.bytes.length) throw malformed();
    return this.bytes.subarray(start, this.at);
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

/** Builds a message from parts; `finish` copies them once. */
export class WireWriter {
  private readonly parts: Uint8Array[] = [];
  private length = 0;

  bytes(field: number, value: Uint8Array): this {
    return this.raw(head(field, BYTES, value.length)).raw(value);
  }

  /** A string; nothing when it is empty, as proto3 has it. */
  text(field: number, value: string): this {
    return value === '' ? this : this.bytes(field, Buffer.from(value));
  }

  message(field: number, build: (inner: WireWriter) => void): this {
    const inner = new WireWriter();
    build(inner);
    this.raw(head(field, BYTES, inner.length));
    for (const part of inner.parts) this.raw(part);
    return this;
  }

  varint(field: number, value: bigint | number): this {
    return this.raw(pair((field << 3) | VARINT, value));
  }

  double(field: number, value: number): this {
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleLE(value);
    return this.raw(varint((field << 3) | FIXED64)).raw(bytes);
  }

  raw(part: Uint8Array): this {
    this.parts.push(part);
    this.length += part.length;
    return this;
  }

  finish(): Buffer {
    return Buffer.concat(this.parts, this.length);
  }
}

/** Pairs of bytes, made once: nearly all that messages consist of beside their contents. */
const PAIRS: Buffer[] = [];

function head(field: number, type: number, length: number): Buffer {
  return pair((field << 3) | type, length);
}

/** Two varints. */
function pair(first: number, second: number | bigint): Buffer {
  if (first < 0x80 && second >= 0 && second < 0x80) {
    return (PAIRS[(first << 7) | Number(second)] ??= Buffer.of(first, Number(second)));
  }
  return Buffer.concat([varint(first), varint(second)]);
}

/** The bytes of a varint; negative numbers take ten, as int32 and int64 do. */
export function varint(value: bigint | number): Buffer {
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
