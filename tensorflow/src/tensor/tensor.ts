/**
 * Tensors as the session takes and gives them: host memory, no tfjs.
 * Values are row-major. `half` and `bfloat16` are raw bits (`fromHalf`, `fromBfloat16` make numbers of them); `string` elements are bytes.
 */
export interface HostTensor {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly data: HostData;
}

export type HostData =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array
  | readonly Uint8Array[];

/** True of the values of a `string` tensor, and of no others. */
export function isStrings(data: HostData): data is readonly Uint8Array[] {
  return Array.isArray(data);
}

/** How many bytes a tensor's values take. @param perString what each element of a `string` tensor takes beside its bytes */
export function valueBytes({data}: HostTensor, perString = 0): number {
  return isStrings(data) ? data.reduce((sum, {length}) => sum + length + perString, 0) : data.byteLength;
}

/** TensorFlow's DataType enum (tensorflow/core/framework/types.proto), by the lower-case names that Python uses. */
export const DTYPES = {
  float32: 1,
  float64: 2,
  int32: 3,
  uint8: 4,
  int16: 5,
  int8: 6,
  string: 7,
  complex64: 8,
  int64: 9,
  bool: 10,
  bfloat16: 14,
  uint16: 17,
  complex128: 18,
  half: 19,
  uint32: 22,
  uint64: 23,
} as const;
export type Dtype = keyof typeof DTYPES;
