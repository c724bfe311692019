import {setImmediate} from 'node:timers/promises';
import type {HostTensor} from '@ingot/tensorflow/session';

/** Tensors as they cross between threads: strings as one block, since millions of small views would cost more than parsing. */

type Numbers = Exclude<HostTensor['data'], readonly Uint8Array[]>;

export interface PackedStrings {
  readonly bytes: Uint8Array;
  /** Where each string ends. */
  readonly ends: Uint32Array;
}

export interface PackedTensor {
  readonly dtype: HostTensor['dtype'];
  readonly shape: readonly number[];
  readonly data: Numbers | PackedStrings;
}

export type Tensors = Readonly<Record<string, HostTensor>>;
export type PackedTensors = Readonly<Record<string, PackedTensor>>;

/** Smaller memory is copied: it may be a part of Node's pool, which must stay. */
const MIN_TRANSFER_BYTES = 1024 * 1024;
/** Strings that are looked up between two turns of the event loop. */
const SLICE = 20_000;

export function packStrings(strings: readonly Uint8Array[]): PackedStrings {
  const ends = new Uint32Array(strings.length);
  let end = 0;
  strings.forEach(({length}, i) => (ends[i] = end += length));
  const bytes = new Uint8Array(end);
  strings.forEach((string, i) => bytes.set(string, (ends[i] as number) - string.length));
  return {bytes, ends};
}

/** Views of the block; lets the event loop turn in between. */
export async function unpackStrings({bytes, ends}: PackedStrings): Promise<Buffer[]> {
  const whole = asBuffer(bytes);
  const strings = new Array<Buffer>(ends.length);
  let start = 0;
  for (let i = 0; i < ends.length; i++) {
    const end = ends[i] as number;
    strings[i] = whole.subarray(start, end);
    start = end;
    if (i % SLICE === SLICE - 1) await setImmediate();
  }
  return strings;
}

export function pack(tensors: Tensors): PackedTensors {
  return mapValues(tensors, ({dtype, shape, data}) => ({
    dtype,
    shape,
    data: isStrings(data) ? packStrings(data) : data,
  }));
}

export async function unpack(tensors: PackedTensors): Promise<Record<string, HostTensor>> {
  const unpacked: Record<string, HostTensor> = Object.create(null) as Record<string, HostTensor>;
  for (const [name, {dtype, shape, data}] of Object.entries(tensors)) {
    unpacked[name] = {dtype, shape, data: 'ends' in data ? await unpackStrings(data) : data};
  }
  return unpacked;
}

/** What a message hands over instead of copying it: all large memory that it holds. The sender must not use it any more. */
export function transferable(...values: readonly (ArrayBufferView | PackedTensors)[]): ArrayBuffer[] {
  const found = new Set<ArrayBuffer>();
  const add = (view: ArrayBufferView): void => {
    if (view.buffer instanceof ArrayBuffer && view.buffer.byteLength >= MIN_TRANSFER_BYTES) found.add(view.buffer);
  };
  for (const value of values) {
    if (ArrayBuffer.isView(value)) {
      add(value);
      continue;
    }
    for (const {data} of Object.values(value)) {
      if ('ends' in data) [data.bytes, data.ends].forEach(add);
      else add(data);
    }
  }
  return [...found];
}

export function asBuffer({buffer, byteOffset, byteLength}: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

function isStrings(data: HostTensor['data']): data is readonly Uint8Array[] {
  return Array.isArray(data);
}

function mapValues<V, W>(record: Readonly<Record<string, V>>, map: (value: V) => W): Record<string, W> {
  const mapped: Record<string, W> = Object.create(null) as Record<string, W>;
  for (const [key, value] of Object.entries(record)) mapped[key] = map(value);
  return mapped;
}
