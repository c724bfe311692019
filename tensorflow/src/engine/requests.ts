import {ARRAYS} from '../tensor/arrays.js';
import {CODES, TensorFlowError, type Code} from '../error.js';
import {dtypeName} from '../session/marshal.js';
import {blockOf, listOf} from '../tensor/string-block.js';
import {DTYPES, isStrings, type HostData, type HostTensor} from '../tensor/tensor.js';

/**
 * What travels between this process and the engine's (tensorflow/engine/): a head of 16 bytes (a number; the bytes of the
 * meta data; the bytes of the tensors' values), the meta data, the values as they lie in memory. All little endian, as
 * every machine is that TensorFlow runs on.
 */

/** tensorflow/engine/main.cc has the same numbers. */
const LOAD = 1;
const UNLOAD = 2;
const PREPARE = 3;
const RUN = 4;
const DEVICES = 5;
const RECORD = 6;
const COLLECT = 7;
const GIVE_UP = 8;
const MEMORY = 9;

export const HEAD_BYTES = 16;
/** Values up to this many bytes are copied behind the meta data: one write less. */
const COPIED_BYTES = 64 * 1024;

/** What is written for one request, in order. */
export type Request = readonly Uint8Array[];

export function loadRequest(model: number, folder: string, config: Uint8Array, tags: readonly string[]): Request {
  return plain(LOAD, meta => meta.u32(model).bytes(Buffer.from(folder)).bytes(config).texts(tags));
}

export function unloadRequest(model: number): Request {
  return plain(UNLOAD, meta => meta.u32(model));
}

/** Tensors of the graph by name, in the order in which runs will have them. */
export function prepareRequest(
  model: number,
  plan: number,
  feeds: readonly string[],
  fetches: readonly string[],
): Request {
  return plain(PREPARE, meta => meta.u32(model).u32(plan).texts(feeds).texts(fetches));
}

export function devicesRequest(config: Uint8Array): Request {
  return plain(DEVICES, meta => meta.bytes(config));
}

/** @param options a serialized ProfileOptions */
export function recordRequest(options: Uint8Array): Request {
  return plain(RECORD, meta => meta.bytes(options));
}

export function collectRequest(): Request {
  return plain(COLLECT, () => undefined);
}

export function memoryRequest(): Request {
  return plain(MEMORY, () => undefined);
}

/** Nobody wants the answer of a channel's request any more: a run ends before its next op. */
export function giveUpRequest(channel: number, turn: number): Request {
  return plain(GIVE_UP, meta => meta.u32(channel).u32(turn));
}

/** @param deadlineMs how long the run may take; undefined for as long as it likes. */
export function runRequest(
  model: number,
  plan: number,
  deadlineMs: number | undefined,
  feeds: readonly HostTensor[],
): Request {
  const values = feeds.map(({data}) => bytesOf(data));
  const dataBytes = values.reduce((sum, {byteLength}) => sum + byteLength, 0);
  const metaBytes = feeds.reduce((sum, {shape}) => sum + 16 + 8 * shape.length, 20);
  const copied = dataBytes <= COPIED_BYTES;
  const first = Buffer.allocUnsafe(HEAD_BYTES + metaBytes + (copied ? dataBytes : 0));
  const meta = new MetaWriter(first, RUN, metaBytes, dataBytes);
  meta
    .u32(model)
    .u32(plan)
    .f64(deadlineMs ?? 0)
    .u32(feeds.length);
  feeds.forEach(({dtype, shape}, i) => {
    meta
      .u32(DTYPES[dtype])
      .u32(shape.length)
      .u64((values[i] as Uint8Array).byteLength);
    for (const size of shape) meta.u64(size);
  });
  if (!copied) return [first, ...values];
  let at = HEAD_BYTES + metaBytes;
  for (const value of values) {
    first.set(value, at);
    at += value.byteLength;
  }
  return [first];
}

/** How many bytes an answer has behind its head. */
export function answerBytes(head: Buffer): number {
  return head.readUInt32LE(4) + Number(head.readBigUInt64LE(8));
}

/** A whole answer, as the engine's when it refuses. */
export function refusal(code: Code, message: string): Buffer {
  const text = Buffer.from(message);
  const bytes = Buffer.alloc(HEAD_BYTES + 4 + text.length);
  bytes.writeUInt32LE(CODES.indexOf(code));
  bytes.writeUInt32LE(4 + text.length, 4);
  bytes.writeUInt32LE(text.length, HEAD_BYTES);
  text.copy(bytes, HEAD_BYTES + 4);
  return bytes;
}

/** A whole answer. Its memory belongs to what is read from it. */
export class Answer {
  private readonly values: number;
  private at = HEAD_BYTES;

  /** @throws TensorFlowError when the engine refused or failed. */
  constructor(private readonly bytes: Buffer) {
    this.values = HEAD_BYTES + bytes.readUInt32LE(4);
    const code = bytes.readUInt32LE(0);
    if (code !== 0) throw new TensorFlowError(CODES[code] ?? 'UNKNOWN', Buffer.from(this.meta()).toString());
  }

  u32(): number {
    this.at += 4;
    return this.bytes.readUInt32LE(this.at - 4);
  }

  u64(): number {
    this.at += 8;
    return this.bytes.readUInt32LE(this.at - 8) + this.bytes.readUInt32LE(this.at - 4) * 2 ** 32;
  }

  text(): string {
    return Buffer.from(this.meta()).toString();
  }

  /** A view. */
  meta(): Uint8Array {
    const length = this.u32();
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  /** The tensors of a run. @throws TensorFlowError UNIMPLEMENTED for a dtype without values. */
  tensors(): HostTensor[] {
    let from = this.values;
    const tensors: HostTensor[] = [];
    for (let left = this.u32(); left > 0; left--) {
      const dtype = dtypeName(this.u32());
      const rank = this.u32();
      const length = this.u64();
      const shape: number[] = [];
      for (let axis = 0; axis < rank; axis++) shape.push(this.u64());
      const data = this.bytes.subarray(from, from + length);
      from += Math.ceil(length / 8) * 8;
      tensors.push({dtype, shape, data: dtype === 'string' ? strings(data, shape) : typed(ARRAYS[dtype], data)});
    }
    return tensors;
  }
}

function plain(operation: number, fill: (meta: MetaWriter) => unknown): Request {
  const counted = new MetaWriter(null, operation, 0, 0);
  fill(counted);
  const bytes = Buffer.allocUnsafe(counted.end);
  fill(new MetaWriter(bytes, operation, counted.end - HEAD_BYTES, 0));
  return [bytes];
}

/** Writes head and meta data; without memory to write to, it counts. */
class MetaWriter {
  end = 0;

  constructor(
    private readonly into: Buffer | null,
    operation: number,
    metaBytes: number,
    dataBytes: number,
  ) {
    this.u32(operation).u32(metaBytes).u64(dataBytes);
  }

  u32(value: number): this {
    this.into?.writeUInt32LE(value, this.end);
    this.end += 4;
    return this;
  }

  u64(value: number): this {
    return this.u32(value % 2 ** 32).u32(Math.floor(value / 2 ** 32));
  }

  f64(value: number): this {
    this.into?.writeDoubleLE(value, this.end);
    this.end += 8;
    return this;
  }

  bytes(value: Uint8Array): this {
    this.u32(value.length).into?.set(value, this.end);
    this.end += value.length;
    return this;
  }

  texts(values: readonly string[]): this {
    this.u32(values.length);
    for (const value of values) this.bytes(Buffer.from(value));
    return this;
  }
}

function bytesOf(data: HostData): Uint8Array {
  if (!isStrings(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  if (data.length < BLOCK_STRINGS) {
    const lengths = Buffer.alloc(4 * data.length);
    data.forEach(({length}, i) => lengths.writeUInt32LE(length, 4 * i));
    return Buffer.concat([lengths, ...data]);
  }
  const {bytes, ends} = blockOf(data);
  const lengths = new Uint32Array(ends.length);
  for (let i = 0, start = 0; i < ends.length; i++) {
    const end = ends[i] as number;
    lengths[i] = end - start;
    start = end;
  }
  return Buffer.concat([new Uint8Array(lengths.buffer), bytes]);
}

/** From here on strings stay in one block. */
const BLOCK_STRINGS = 10_000;

function strings(data: Buffer, shape: readonly number[]): readonly Uint8Array[] {
  const count = shape.reduce((product, size) => product * size, 1);
  let end = 4 * count;
  if (count >= BLOCK_STRINGS) {
    const ends = new Uint32Array(new Uint8Array(data.subarray(0, end)).buffer);
    for (let i = 1; i < count; i++) ends[i] = (ends[i] as number) + (ends[i - 1] as number);
    return listOf({bytes: data.subarray(end), ends});
  }
  return Array.from({length: count}, (_, i) => data.subarray(end, (end += data.readUInt32LE(4 * i))));
}

type TypedArray = (typeof ARRAYS)[keyof typeof ARRAYS];

/** A view where the bytes lie as the array needs them, else a copy. */
function typed(type: TypedArray, bytes: Buffer): Exclude<HostData, readonly Uint8Array[]> {
  const whole = bytes.byteOffset % type.BYTES_PER_ELEMENT === 0 ? bytes : Buffer.from(new Uint8Array(bytes).buffer);
  return new type(whole.buffer as ArrayBuffer, whole.byteOffset, whole.length / type.BYTES_PER_ELEMENT);
}
