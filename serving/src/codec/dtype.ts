import {ARRAYS, DTYPES, type Dtype, type HostData} from '@ingot/tensorflow/session';

/** How error texts name a dtype: as TensorFlow's DataTypeString does. */
export function dtypeText(dtype: Dtype): string {
  switch (dtype) {
    case 'float32':
      return 'float';
    case 'float64':
      return 'double';
    default:
      return dtype;
  }
}

/** "DT_FLOAT" and so on, by the names that HostTensor uses. */
export const PROTO_NAMES: Readonly<Record<Dtype, string>> = {
  float32: 'DT_FLOAT',
  float64: 'DT_DOUBLE',
  int32: 'DT_INT32',
  uint8: 'DT_UINT8',
  int16: 'DT_INT16',
  int8: 'DT_INT8',
  string: 'DT_STRING',
  complex64: 'DT_COMPLEX64',
  int64: 'DT_INT64',
  bool: 'DT_BOOL',
  bfloat16: 'DT_BFLOAT16',
  uint16: 'DT_UINT16',
  complex128: 'DT_COMPLEX128',
  half: 'DT_HALF',
  uint32: 'DT_UINT32',
  uint64: 'DT_UINT64',
};

const BY_NUMBER = new Map<number, Dtype>(Object.entries(DTYPES).map(([name, number]) => [number, name as Dtype]));

/** The dtype with a number of TensorFlow's DataType enum, undefined for one that no tensor of ours has. */
export function dtypeOf(number: number): Dtype | undefined {
  return BY_NUMBER.get(number);
}

export type IntegerArray =
  Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array | BigInt64Array | BigUint64Array;

const INTEGERS: ReadonlySet<Dtype> = new Set(['int8', 'uint8', 'int16', 'int32', 'int64', 'uint32', 'uint64']);

/** Whether JSON spells its values as integers. */
export function isInteger(dtype: Dtype): boolean {
  return INTEGERS.has(dtype);
}

/** Of one element in memory; of one part of a complex number. */
export function elementBytes(dtype: Exclude<Dtype, 'string'>): number {
  return ARRAYS[dtype].BYTES_PER_ELEMENT;
}

/** Bytes as elements: in place where their alignment allows it, else copied. */
export function elementsOf(dtype: Exclude<Dtype, 'string'>, bytes: Buffer): Exclude<HostData, readonly Uint8Array[]> {
  const Type = ARRAYS[dtype] as Float32ArrayConstructor;
  const size = Type.BYTES_PER_ELEMENT;
  const {buffer, byteOffset, length} = bytes.byteOffset % size === 0 ? bytes : alignedCopy(bytes);
  return new Type(buffer as ArrayBuffer, byteOffset, length / size);
}

/** In Node's pool, if that is aligned, as it is: small pieces of memory of their own cost more than what is in them. */
function alignedCopy(bytes: Buffer): Buffer {
  const pooled = Buffer.allocUnsafe(bytes.length);
  const copy = pooled.byteOffset % MOST_ALIGNED === 0 ? pooled : Buffer.allocUnsafeSlow(bytes.length);
  copy.set(bytes);
  return copy;
}

/** Bytes of the largest element. */
const MOST_ALIGNED = 8;

/** Zeroed memory for `length` elements; complex numbers take two. Strings have none. */
export function allocate(dtype: Exclude<Dtype, 'string'>, length: number): Exclude<HostData, readonly Uint8Array[]> {
  switch (dtype) {
    case 'float32':
      return new Float32Array(length);
    case 'complex64':
      return new Float32Array(length * 2);
    case 'float64':
      return new Float64Array(length);
    case 'complex128':
      return new Float64Array(length * 2);
    case 'int8':
      return new Int8Array(length);
    case 'uint8':
    case 'bool':
      return new Uint8Array(length);
    case 'int16':
      return new Int16Array(length);
    case 'uint16':
    case 'half':
    case 'bfloat16':
      return new Uint16Array(length);
    case 'int32':
      return new Int32Array(length);
    case 'uint32':
      return new Uint32Array(length);
    case 'int64':
      return new BigInt64Array(length);
    case 'uint64':
      return new BigUint64Array(length);
  }
}
