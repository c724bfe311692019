import type {Dtype} from './tensor.js';

/** The typed array that holds a dtype's values in host memory. */
export const ARRAYS = {
  float32: Float32Array,
  float64: Float64Array,
  int32: Int32Array,
  uint8: Uint8Array,
  int16: Int16Array,
  int8: Int8Array,
  // Real and imaginary part in turn.
  complex64: Float32Array,
  int64: BigInt64Array,
  bool: Uint8Array,
  bfloat16: Uint16Array,
  uint16: Uint16Array,
  complex128: Float64Array,
  half: Uint16Array,
  uint32: Uint32Array,
  uint64: BigUint64Array,
} as const satisfies Record<Exclude<Dtype, 'string'>, unknown>;
