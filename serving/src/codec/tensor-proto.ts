import {isStrings, type Dtype, type HostData, type HostTensor} from '@ingot/tensorflow/session';
import {DTYPES} from '@ingot/tensorflow/session';
import {invalidArgument} from '../status/status.js';
import {allocate, dtypeOf, elementBytes, elementsOf, type IntegerArray} from './dtype.js';
import {packVarints, unpackVarints} from './packed-varints.js';
import {BYTES, FIXED32, FIXED64, VARINT, WireReader, fieldsOf, type WireWriter} from './wire.js';

/** TensorProto (tensorflow/core/framework/tensor.proto) to and from host tensors, without an object in between. */

const DTYPE = 1;
const SHAPE = 2;
const CONTENT = 4;

/** What the short lists of one message may be repeated into. */
const MAX_EXPANDED_BYTES = 256 * 1024 * 1024;

const MAX_RANK = 254;

/** Who is told how many bytes a message becomes beyond its own, before they are taken, and may refuse them by throwing. */
export interface Room {
  grow(bytes: number): void;
}

/** What the tensors of one message may become. */
export class Expansion {
  private bytes = 0;

  constructor(private readonly room?: Room) {}

  /** @throws StatusError INVALID_ARGUMENT when the message becomes too large, and what the room throws */
  take(bytes: number, count: number, given: number): void {
    this.bytes += bytes;
    if (this.bytes > MAX_EXPANDED_BYTES) {
      throw invalidArgument(`A tensor of ${count} values was sent as ${given}; send all of them`);
    }
    this.room?.grow(bytes);
  }
}

type Numbers = Exclude<HostData, readonly Uint8Array[]>;

/** Which `*_val` field holds the values of a dtype, and how. */
interface List {
  readonly field: number;
  /** Bytes of a fixed-width value; 0 for a varint. */
  readonly width: 0 | 4 | 8;
}
const LISTS: Record<Dtype, List> = {
  float32: {field: 5, width: 4},
  float64: {field: 6, width: 8},
  int32: {field: 7, width: 0},
  int16: {field: 7, width: 0},
  int8: {field: 7, width: 0},
  uint8: {field: 7, width: 0},
  uint16: {field: 7, width: 0},
  string: {field: 8, width: 0},
  complex64: {field: 9, width: 4},
  int64: {field: 10, width: 0},
  bool: {field: 11, width: 0},
  complex128: {field: 12, width: 8},
  half: {field: 13, width: 0},
  bfloat16: {field: 13, width: 0},
  uint32: {field: 16, width: 0},
  uint64: {field: 17, width: 0},
};

/**
 * Reads a serialized TensorProto: `tensor_content` where there is some, else the typed list, whose last value fills what is
 * missing (zeros when it is empty).
 * @throws StatusError INVALID_ARGUMENT when it is no tensor.
 */
export function decodeTensor(reader: WireReader, expansion: Expansion): HostTensor {
  let dtypeNumber = 0;
  let shape: number[] = [];
  let content: Buffer | null = null;
  const lists: {field: number; type: number; at: Buffer | bigint}[] = [];
  while (!reader.done) {
    const {field, type} = reader.tag();
    if (field === DTYPE && type === VARINT) dtypeNumber = reader.int32();
    else if (field === SHAPE && type === BYTES) shape = decodeShape(reader.message());
    else if (field === CONTENT && type === BYTES) content = reader.view();
    else if (type === BYTES) lists.push({field, type, at: reader.view()});
    else if (type === FIXED32 || type === FIXED64)
      lists.push({field, type, at: reader.fixed(type === FIXED32 ? 4 : 8)});
    else if (type === VARINT) lists.push({field, type, at: reader.uint64()});
    else reader.skip(type);
  }
  const dtype = dtypeOf(dtypeNumber);
  if (dtype === undefined)
    throw invalidArgument(`A tensor has the dtype ${dtypeNumber}, which this server does not know`);
  const count = elements(shape) * (dtype === 'complex64' || dtype === 'complex128' ? 2 : 1);
  const {field, width} = LISTS[dtype];
  const own = lists.filter(list => list.field === field);
  if (dtype === 'string') {
    if (content !== null && content.length > 0) return {dtype, shape, data: decodeStrings(content, count)};
    return {
      dtype,
      shape,
      data: fillStrings(
        own.flatMap(({at}) => (Buffer.isBuffer(at) ? [at] : [])),
        count,
        expansion,
      ),
    };
  }
  if (content !== null && content.length > 0) return {dtype, shape, data: fromBytes(dtype, content, count)};
  if (width > 0) {
    const parts = own.flatMap(({at}) => (Buffer.isBuffer(at) ? [at] : []));
    return {dtype, shape, data: fromFixed(dtype, parts, count, expansion)};
  }
  return {dtype, shape, data: fromVarints(dtype, own, count, expansion)};
}

function decodeShape(reader: WireReader): number[] {
  const shape: number[] = [];
  while (!reader.done) {
    const {field, type} = reader.tag();
    if (field === 3 && type === VARINT) {
      if (reader.uint32() !== 0) throw invalidArgument('A tensor of unknown rank has no values');
    } else if (field === 2 && type === BYTES) {
      shape.push(decodeDim(reader.message()));
    } else {
      reader.skip(type);
    }
  }
  if (shape.length > MAX_RANK) throw invalidArgument(`A tensor has ${shape.length} axes; ${MAX_RANK} are the most`);
  return shape;
}

function decodeDim(reader: WireReader): number {
  let size: number | bigint = 0;
  while (!reader.done) {
    const {field, type} = reader.tag();
    if (field === 1 && type === VARINT) size = reader.integer();
    else reader.skip(type);
  }
  if (size < 0 || size > Number.MAX_SAFE_INTEGER) throw invalidArgument(`A tensor has an axis of size ${size}`);
  return Number(size);
}

function elements(shape: readonly number[]): number {
  const count = shape.reduce((product, size) => product * size, 1);
  if (!Number.isSafeInteger(count)) throw invalidArgument(`A tensor of shape [${shape}] is too large`);
  return count;
}

function fromBytes(dtype: Exclude<Dtype, 'string'>, bytes: Buffer, count: number): Numbers {
  const size = elementBytes(dtype);
  if (bytes.length !== count * size) {
    throw invalidArgument(`A ${dtype} tensor of ${count} values has ${bytes.length} bytes instead of ${count * size}`);
  }
  return elementsOf(dtype, bytes);
}

function fromFixed(
  dtype: Exclude<Dtype, 'string'>,
  parts: readonly Buffer[],
  count: number,
  expansion: Expansion,
): Numbers {
  const bytes = parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
  const size = elementBytes(dtype);
  if (bytes.length % size !== 0 || bytes.length > count * size) throw tooMany(dtype, count);
  const given = bytes.length / size;
  const values = fromBytes(dtype, bytes, given);
  return given === count ? values : expand(dtype, values, count, expansion);
}

function fromVarints(
  dtype: Exclude<Dtype, 'string'>,
  lists: readonly {at: Buffer | bigint}[],
  count: number,
  expansion: Expansion,
): Numbers {
  const most = lists.reduce((sum, {at}) => sum + (Buffer.isBuffer(at) ? at.length : 1), 0);
  const words = new Uint32Array(2 * Math.min(count, most));
  let given = 0;
  for (const {at} of lists) {
    if (Buffer.isBuffer(at)) {
      given = unpackVarints(at, words, given);
      if (given < 0) throw tooMany(dtype, count);
    } else {
      if (given === count) throw tooMany(dtype, count);
      words[2 * given] = Number(BigInt.asUintN(32, at));
      words[2 * given++ + 1] = Number(at >> 32n);
    }
  }
  const values = fromWords(dtype, words.subarray(0, 2 * given));
  return given === count ? values : expand(dtype, values, count, expansion);
}

/** Values from two words each, the low one first. */
function fromWords(dtype: Exclude<Dtype, 'string'>, words: Uint32Array): Numbers {
  const count = words.length / 2;
  if (dtype === 'int64') return new BigInt64Array(words.buffer as ArrayBuffer, 0, count);
  if (dtype === 'uint64') return new BigUint64Array(words.buffer as ArrayBuffer, 0, count);
  const values = allocate(dtype, count) as Int32Array;
  // A bool is true for every varint but 0; integers have the low bits.
  if (dtype === 'bool') {
    for (let i = 0; i < count; i++) values[i] = ((words[2 * i] as number) | (words[2 * i + 1] as number)) === 0 ? 0 : 1;
  } else {
    for (let i = 0; i < count; i++) values[i] = words[2 * i] as number;
  }
  return values;
}

function expand(dtype: Exclude<Dtype, 'string'>, given: Numbers, count: number, expansion: Expansion): Numbers {
  expansion.take(count * elementBytes(dtype), count, given.length);
  const values = allocate(dtype, count) as Float32Array;
  values.set(given as Float32Array);
  // Complex values are pairs: the last pair is repeated.
  const step = dtype.startsWith('complex') ? 2 : 1;
  if (step === 1 && given.length > 0) return values.fill(values[given.length - 1] as number, given.length);
  for (let i = given.length; given.length >= step && i < count; i++) values[i] = values[i - step] as number;
  return values;
}

/** Strings in `tensor_content`: their lengths as varints, then their bytes. */
function decodeStrings(content: Buffer, count: number): Buffer[] {
  const reader = new WireReader(content);
  if (count > content.length) throw tooMany('string', count);
  const lengths = Array.from({length: count}, () => reader.uint32());
  let at = content.length - lengths.reduce((sum, length) => sum + length, 0);
  if (at < 0) throw tooMany('string', count);
  return lengths.map(length => content.subarray(at, (at += length)));
}

/** What an array takes for each of its elements. */
const POINTER_BYTES = 8;

function fillStrings(given: readonly Buffer[], count: number, expansion: Expansion): readonly Buffer[] {
  if (given.length === count) return given;
  if (given.length > count) throw tooMany('string', count);
  expansion.take(count * POINTER_BYTES, count, given.length);
  const last = given.at(-1) ?? Buffer.alloc(0);
  return Array.from({length: count}, (_, i) => given[i] ?? last);
}

function tooMany(dtype: Dtype, count: number): Error {
  return invalidArgument(`A ${dtype} tensor of ${count} values was sent with another number of values`);
}

/** Where a serialized TensorProto has all its values as they are in memory, as a view; null when it has them otherwise. */
export function valuesIn(tensor: Buffer, dtype: Exclude<Dtype, 'string'>): Buffer | null {
  const {field, width} = LISTS[dtype];
  const [content, ...more] = fieldsOf(tensor, CONTENT);
  if (content !== undefined) return more.length === 0 && content.length > 0 ? content : null;
  const lists = width > 0 ? fieldsOf(tensor, field) : [];
  return lists.length === 1 ? (lists[0] ?? null) : null;
}

/** Whether values are written as they are in memory. */
export function isRaw(dtype: Dtype, asContent: boolean): boolean {
  return dtype !== 'string' && (asContent || LISTS[dtype].width > 0 || dtype === 'bool');
}

/** Writes a TensorProto: values in the dtype's list, or, with `asContent`, as `tensor_content`. */
export function encodeTensor(writer: WireWriter, tensor: HostTensor, asContent: boolean): void {
  const {dtype, shape, data} = tensor;
  const {field} = LISTS[dtype];
  if (isStrings(data)) {
    for (let i = data.length - 1; i >= 0; i--) writer.bytes(field, data[i] as Uint8Array);
  } else if (data.length > 0) {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    if (asContent) writer.bytes(CONTENT, bytes);
    else writer.bytes(field, isRaw(dtype, false) ? bytes : packVarints(data as IntegerArray));
  }
  writer.message(SHAPE, inner => {
    for (let i = shape.length - 1; i >= 0; i--) {
      const size = shape[i] as number;
      inner.message(2, dim => void (size !== 0 && dim.varint(1, size)));
    }
  });
  writer.varint(DTYPE, DTYPES[dtype]);
}
