import {TensorFlowError} from '../error.js';
import {toBfloat16, toHalf} from './float-bits.js';
import type {TensorSpec} from './signature.js';
import type {Dtype, HostData, HostTensor} from './tensor.js';

/** A tensor of tfjs, by what is used of it: this module must not load tfjs. */
export interface TfjsTensor {
  readonly shape: readonly number[];
  readonly dtype: string;
  data(): Promise<ArrayLike<number | string>>;
  dataSync(): ArrayLike<number | string>;
  bytes(): Promise<Uint8Array[] | Uint8Array>;
}

type Scalar = number | bigint | boolean | string | Uint8Array;
export type Nested = Scalar | readonly Nested[];

/**
 * What a person passes as an input: a tensor of ours or tfjs's, nested arrays, a number, a string, or values alone
 * (a typed array) or with a shape. What is not said, the signature says.
 */
export type TensorLike =
  | HostTensor
  | TfjsTensor
  | {readonly data: HostData; readonly shape: readonly number[]}
  | Exclude<HostData, readonly Uint8Array[]>
  | Nested;

/**
 * At once, so that the values are those of the call: whoever runs a model may change or free them right after. Only the bytes
 * of tfjs's strings cannot be had at once.
 * @throws TensorFlowError INVALID_ARGUMENT when the values have no such dtype or shape.
 */
export function coerce(name: string, spec: TensorSpec, value: TensorLike): HostTensor | Promise<HostTensor> {
  const refuse = (why: string): never => {
    throw new TensorFlowError('INVALID_ARGUMENT', `the input "${name}" ${why}`);
  };
  const {dtype} = spec;
  if (isTfjs(value)) {
    const host = (values: ArrayLike<Scalar>) => ({dtype, shape: value.shape, data: convert(dtype, values, refuse)});
    if (value.dtype !== 'string') return host(value.dataSync());
    return value.bytes().then(bytes => host(bytes as Uint8Array[]));
  }
  if (ArrayBuffer.isView(value) && !(value instanceof Uint8Array && dtype === 'string')) {
    const values = value as unknown as ArrayLike<Scalar>;
    return {dtype, shape: inferShape(spec, values.length, refuse), data: convert(dtype, values, refuse)};
  }
  if (isObject(value) && 'data' in value && 'shape' in value) {
    if ('dtype' in value) return value as HostTensor;
    return {dtype, shape: value.shape, data: convert(dtype, value.data as ArrayLike<Scalar>, refuse)};
  }
  const values: Scalar[] = [];
  const shape = flatten(value as Nested, values, refuse);
  return {dtype, shape, data: convert(dtype, values, refuse)};
}

function isTfjs(value: TensorLike): value is TfjsTensor {
  return isObject(value) && 'data' in value && typeof value.data === 'function';
}

/** JavaScript may pass what the types forbid. */
function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

type Refuse = (why: string) => never;

/** Row-major values and the shape of nested arrays. */
function flatten(value: Nested, into: Scalar[], refuse: Refuse): number[] {
  if (!Array.isArray(value)) {
    into.push(value as Scalar);
    return [];
  }
  let inner: number[] | undefined;
  for (const element of value as readonly Nested[]) {
    const shape = flatten(element, into, refuse);
    if (inner !== undefined && (shape.length !== inner.length || shape.some((size, i) => size !== inner?.[i]))) {
      refuse(`is ragged: [${inner.join(',')}] beside [${shape.join(',')}]`);
    }
    inner = shape;
  }
  return [value.length, ...(inner ?? [])];
}

/** The signature's shape, with one unknown size found from the number of values. */
function inferShape(spec: TensorSpec, length: number, refuse: Refuse): number[] {
  if (spec.shape === null) return [length];
  const known = spec.shape.filter(size => size !== -1).reduce((a, b) => a * b, 1);
  const unknown = spec.shape.filter(size => size === -1).length;
  if (unknown > 1) refuse(`has several unknown sizes ([${spec.shape.join(',')}]): give it as {data, shape}`);
  const found = unknown === 0 ? 1 : length / known;
  if (!Number.isInteger(found) || found * known !== length) {
    refuse(`has ${length} values, which do not make the shape [${spec.shape.join(',')}]`);
  }
  return spec.shape.map(size => (size === -1 ? found : size));
}

const INTEGERS = {
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
} as const;
const encoder = new TextEncoder();

/** Values as the dtype's array. A number that the dtype cannot hold is refused, not wrapped. */
function convert(dtype: Dtype, values: ArrayLike<Scalar>, refuse: Refuse): HostData {
  const number = (value: Scalar): number => {
    if (typeof value === 'number') return value;
    if (typeof value === 'boolean' || typeof value === 'bigint') return Number(value);
    return refuse(`is ${dtype}; ${JSON.stringify(value)} is no number`);
  };
  switch (dtype) {
    case 'float32':
      return values instanceof Float32Array ? values : Float32Array.from(values, number);
    case 'float64':
      return values instanceof Float64Array ? values : Float64Array.from(values, number);
    case 'half':
      return values instanceof Uint16Array ? values : Uint16Array.from(values, value => toHalf(number(value)));
    case 'bfloat16':
      return values instanceof Uint16Array ? values : Uint16Array.from(values, value => toBfloat16(number(value)));
    case 'complex64':
      return values instanceof Float32Array
        ? values
        : refuse('is complex64: give a Float32Array of pairs with a shape');
    case 'complex128':
      return values instanceof Float64Array
        ? values
        : refuse('is complex128: give a Float64Array of pairs with a shape');
    case 'bool':
      return Uint8Array.from(values, value => (number(value) === 0 ? 0 : 1));
    case 'string':
      return Array.from(values, value => {
        if (value instanceof Uint8Array) return value;
        return typeof value === 'string' ? encoder.encode(value) : refuse(`is string; ${String(value)} is none`);
      });
    case 'int64':
    case 'uint64': {
      const wrap = dtype === 'int64' ? BigInt.asIntN : BigInt.asUintN;
      const big = Array.from(values, value => {
        if (typeof value !== 'bigint' && !Number.isSafeInteger(number(value))) refuse(`is ${dtype}; ${value} is none`);
        const whole = BigInt(typeof value === 'bigint' ? value : number(value));
        return wrap(64, whole) === whole ? whole : refuse(`is ${dtype}; ${whole} is out of its range`);
      });
      return dtype === 'int64' ? BigInt64Array.from(big) : BigUint64Array.from(big);
    }
    default: {
      const array = new INTEGERS[dtype](values.length);
      for (let i = 0; i < values.length; i++) {
        const value = number(values[i] as Scalar);
        array[i] = value;
        if (array[i] !== value) refuse(`is ${dtype}; ${value} is not in its range`);
      }
      return array;
    }
  }
}
