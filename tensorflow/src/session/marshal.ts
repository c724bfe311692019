import {addon, type NativeTensorHandle} from '../native/addon.js';
import {ARRAYS} from '../tensor/arrays.js';
import {CODES, TensorFlowError} from '../error.js';
import type {NativeTensor} from './native-tensor.js';
import {DTYPES, type Dtype, type HostData, type HostTensor} from '../tensor/tensor.js';

/** Between HostTensor and the three values in a row that the addon takes and gives (native/addon.ts). */

const DTYPE_NAMES = new Map<number, Dtype>(Object.entries(DTYPES).map(([name, number]) => [number, name as Dtype]));

const HANDLE = Symbol('handle');

/** A NativeTensor is its handle in TypeScript's terms. */
class HandledTensor implements NativeTensor {
  readonly [HANDLE]: NativeTensorHandle;

  constructor(handle: NativeTensorHandle) {
    this[HANDLE] = handle;
  }

  get dtype(): Dtype {
    return dtypeName(native(() => this[HANDLE].dtype));
  }

  get shape(): readonly number[] {
    return native(() => this[HANDLE].shape);
  }

  get byteLength(): number {
    return native(() => this[HANDLE].byteLength);
  }

  toHost(): HostTensor {
    const {dtype, shape} = this;
    return {
      dtype,
      shape,
      data: hostData(
        dtype,
        native(() => this[HANDLE].toHost()),
      ),
    };
  }

  dispose(): void {
    this[HANDLE].dispose();
  }
}

/** Copies values into TensorFlow's memory. @throws TensorFlowError INVALID_ARGUMENT when data and shape differ. */
export function nativeTensor(tensor: HostTensor): NativeTensor {
  return native(() => new HandledTensor(new (addon().NativeTensor)(DTYPES[tensor.dtype], tensor.shape, tensor.data)));
}

export function toNative(feeds: readonly (HostTensor | NativeTensor)[]): unknown[] {
  const values: unknown[] = [];
  for (const feed of feeds) {
    if (feed instanceof HandledTensor) values.push(0, null, feed[HANDLE]);
    else values.push(DTYPES[(feed as HostTensor).dtype], feed.shape, (feed as HostTensor).data);
  }
  return values;
}

export function fetchedTensor(values: readonly unknown[], index: number): HostTensor {
  const dtype = dtypeName(values[3 * index] as number);
  return {dtype, shape: values[3 * index + 1] as number[], data: hostData(dtype, values[3 * index + 2])};
}

export function keptTensor(values: readonly unknown[], index: number): NativeTensor {
  return new HandledTensor(values[3 * index + 2] as NativeTensorHandle);
}

/** Calls into the addon; what it throws becomes a TensorFlowError. */
export function native<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw tensorFlowError(error);
  }
}

export function tensorFlowError(error: unknown): unknown {
  const {status, message} = error as {status?: number; message?: string};
  if (status === undefined) return error;
  return new TensorFlowError(CODES[status] ?? 'UNKNOWN', message ?? 'TensorFlow gave no message');
}

/** @throws TensorFlowError UNIMPLEMENTED for handles and quantized values. */
export function dtypeName(number: number): Dtype {
  const name = DTYPE_NAMES.get(number);
  if (name === undefined) {
    throw new TensorFlowError('UNIMPLEMENTED', `TensorFlow's dtype ${number} has no values outside TensorFlow`);
  }
  return name;
}

function hostData(dtype: Dtype, data: unknown): HostData {
  if (dtype === 'string') {
    const [bytes, ends] = data as [ArrayBuffer, ArrayBuffer];
    const offsets = new Float64Array(ends);
    const strings: Uint8Array[] = [];
    for (let i = 0; i + 1 < offsets.length; i++) {
      const start = offsets[i] ?? 0;
      strings.push(new Uint8Array(bytes, start, (offsets[i + 1] ?? start) - start));
    }
    return strings;
  }
  return new ARRAYS[dtype](data as ArrayBuffer);
}
