import protobuf from 'protobufjs/minimal.js';

/**
 * Reads protobufs field by field, passing over what nobody asked for. A SavedModel can have 2 GB of which its reader
 * wants a few hundred bytes; generated classes would build objects for all of it.
 */
export type Fields = Readonly<Record<number, (reader: protobuf.Reader) => void>>;

/** @throws RangeError when the bytes are cut off, Error when they are no protobuf. */
export function readMessage(bytes: Uint8Array, known: Fields): void {
  const reader = protobuf.Reader.create(bytes);
  readFields(reader, reader.len, known);
}

/** The fields of the message that begins with its length here. */
export function readNested(reader: protobuf.Reader, known: Fields): void {
  const length = reader.uint32();
  const end = reader.pos + length;
  if (end > reader.len)
    throw new RangeError(`a message of ${length} bytes is cut off after ${reader.len - reader.pos}`);
  readFields(reader, end, known);
}

function readFields(reader: protobuf.Reader, end: number, known: Fields): void {
  while (reader.pos < end) {
    const tag = reader.uint32();
    const field = known[tag >>> 3];
    if (field) field(reader);
    else reader.skipType(tag & 7);
  }
}

/** A 64-bit integer as a number; sizes of tensors are below 2^53. */
export function readInt64(reader: protobuf.Reader): number {
  return Number(BigInt.asIntN(64, BigInt(reader.int64().toString())));
}
