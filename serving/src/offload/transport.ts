import {blockOf, isStrings, listOf, type HostTensor, type StringBlock} from '@ingot/tensorflow/session';

/** Tensors as they cross between threads: strings as one block. */

type Numbers = Exclude<HostTensor['data'], readonly Uint8Array[]>;

export interface PackedTensor {
  readonly dtype: HostTensor['dtype'];
  readonly shape: readonly number[];
  readonly data: Numbers | StringBlock;
}

export type Tensors = Readonly<Record<string, HostTensor>>;
export type PackedTensors = Readonly<Record<string, PackedTensor>>;

/** Smaller memory is copied: it may be a part of Node's pool, which must stay. */
const MIN_TRANSFER_BYTES = 1024 * 1024;
/** A block that a message can hold without the rest of the memory that its bytes lie in. */
export function packStrings(strings: readonly Uint8Array[]): StringBlock {
  const {bytes, ends} = blockOf(strings);
  return {bytes: bytes.byteLength === bytes.buffer.byteLength ? bytes : new Uint8Array(bytes), ends};
}

export function pack(tensors: Tensors): PackedTensors {
  return mapValues(tensors, ({dtype, shape, data}) => ({
    dtype,
    shape,
    data: isStrings(data) ? packStrings(data) : data,
  }));
}

export function unpack(tensors: PackedTensors): Record<string, HostTensor> {
  return mapValues(tensors, ({dtype, shape, data}) => ({dtype, shape, data: 'ends' in data ? listOf(data) : data}));
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

function mapValues<V, W>(record: Readonly<Record<string, V>>, map: (value: V) => W): Record<string, W> {
  const mapped: Record<string, W> = Object.create(null) as Record<string, W>;
  for (const [key, value] of Object.entries(record)) mapped[key] = map(value);
  return mapped;
}
