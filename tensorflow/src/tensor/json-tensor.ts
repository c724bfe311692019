import type {JsonTensor} from '../contract/golden.js';
import {ARRAYS} from './arrays.js';
import {DTYPES, type Dtype, type HostData, type HostTensor} from './tensor.js';

/**
 * Tensors to and from JSON: values flat in row-major order, 64-bit integers as decimal strings, bytes as base64, half and
 * bfloat16 as their raw bits, complex numbers as pairs. JSON knows no NaN or infinity: there is no JsonTensor of those.
 */

/** @throws Error when the dtype is not TensorFlow's, or the values are not as many or not of the kind that they must be. */
export function fromJsonTensor(json: JsonTensor): HostTensor {
  const dtype = asDtype(json.dtype);
  const count = elements(json.shape) * (dtype.startsWith('complex') ? 2 : 1);
  if (json.values.length !== count) {
    throw new Error(`A ${dtype} tensor of shape [${json.shape}] has ${count} values, not ${json.values.length}.`);
  }
  return {dtype, shape: json.shape, data: decode(dtype, json.values)};
}

/** @throws Error when a value is NaN or infinite. */
export function toJsonTensor(tensor: HostTensor): JsonTensor {
  const values = Array.from<unknown, JsonTensor['values'][number]>(tensor.data as ArrayLike<unknown>, value => {
    if (typeof value === 'bigint') return value.toString();
    if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
    if (tensor.dtype === 'bool') return value !== 0;
    if (!Number.isFinite(value)) throw new Error(`A tensor with the value ${String(value)} cannot be kept as JSON.`);
    return value as number;
  });
  return {dtype: tensor.dtype, shape: [...tensor.shape], values};
}

export function elements(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

function asDtype(text: string): Dtype {
  if (!Object.hasOwn(DTYPES, text)) throw new Error(`"${text}" is not a TensorFlow dtype.`);
  return text as Dtype;
}

function decode(dtype: Dtype, values: JsonTensor['values']): HostData {
  switch (dtype) {
    case 'string':
      return values.map(value => {
        if (typeof value !== 'string')
          throw new Error(`A string tensor's value must be base64 text, not ${String(value)}.`);
        return Uint8Array.from(Buffer.from(value, 'base64'));
      });
    case 'int64':
      return BigInt64Array.from(values, integer);
    case 'uint64':
      return BigUint64Array.from(values, integer);
    case 'bool':
      return Uint8Array.from(values, value => {
        if (typeof value !== 'boolean')
          throw new Error(`A bool tensor's value must be true or false, not ${String(value)}.`);
        return Number(value);
      });
    default:
      return ARRAYS[dtype].from(values.map(number));
  }
}

function number(value: unknown): number {
  if (typeof value !== 'number') throw new Error(`A number was expected, not ${JSON.stringify(value)}.`);
  return value;
}

function integer(value: unknown): bigint {
  const text = String(value);
  if (typeof value === 'boolean' || !/^-?\d+$/.test(text)) {
    throw new Error(`A whole number was expected, not ${JSON.stringify(value)}.`);
  }
  return BigInt(text);
}
