import {DTYPES} from '../session/index.js';
import type {HostValues} from '../recording/backend.js';
import {int32, op, output, type GraphTensor} from '../graph/graph.js';
import type {HostConstant} from '../recording/record.js';
import type {Sizes} from './sizes.js';
import {constantOf, type Polynomial, type Trials} from './unknown-sizes.js';

/**
 * What a constant is in terms of the unknown sizes, given the constants that stood in its place in each recording:
 * itself when they are all equal; else numbers computed from sizes, values repeated to fill a shape, or a range.
 * Undefined when none of these gives the values of every recording.
 */
export function mergeConstants(
  constants: readonly HostConstant[],
  trials: Trials,
  sizes: Sizes,
): GraphTensor | undefined {
  const [first] = constants as [HostConstant];
  const shapes = constants.map(({shape}) => shape);
  if (shapes.some(shape => shape.length !== first.shape.length)) return undefined;
  if (shapes.every(shape => sameNumbers(shape, first.shape))) {
    if (constants.every(({values}) => sameValues(values, first.values))) return literal(first);
    return numbers(constants, trials, sizes);
  }
  const shape = first.shape.map((_, axis) => trials.fit(shapes.map(sizes => sizes[axis] as number)));
  if (!shape.every(size => size !== undefined)) return undefined;
  return (
    filled(constants, shape, sizes) ??
    repeated(constants, shape, sizes) ??
    range(constants, shape[0] as Polynomial, sizes)
  );
}

function literal({dtype, shape, values}: HostConstant): GraphTensor {
  return output({kind: 'const', type: {dtype, shape}, values});
}

/** Whole numbers that are polynomials of the unknown sizes, or one divided by such. */
function numbers(constants: readonly HostConstant[], trials: Trials, sizes: Sizes): GraphTensor | undefined {
  const {dtype, shape, values} = constants[0] as HostConstant;
  if (dtype !== DTYPES.int32 && dtype !== DTYPES.float32) return undefined;
  const columns = Array.from(values as Float32Array, (_, i) => constants.map(constant => constant.values[i] as number));
  const polynomials = columns.map(column => trials.fit(column));
  if (polynomials.every(polynomial => polynomial !== undefined)) {
    const whole = sizes.tensor(polynomials, shape);
    return dtype === DTYPES.int32 ? whole : toFloat(whole, shape);
  }
  if (dtype !== DTYPES.float32) return undefined;
  const reciprocals = columns.map(column => {
    const denominators = column.map(value => Math.round(1 / value));
    return column.every((value, r) => Math.fround(1 / (denominators[r] as number)) === value)
      ? trials.fit(denominators)
      : undefined;
  });
  if (!reciprocals.every(polynomial => polynomial !== undefined)) return undefined;
  const one = output({kind: 'const', type: {dtype, shape: []}, values: Float32Array.of(1)});
  return op('RealDiv', {T: {type: dtype}}, [one, toFloat(sizes.tensor(reciprocals, shape), shape)], {dtype, shape});
}

function toFloat(tensor: GraphTensor, shape: readonly number[]): GraphTensor {
  const attrs = {SrcT: {type: DTYPES.int32}, DstT: {type: DTYPES.float32}, Truncate: {b: false}};
  return op('Cast', attrs, [tensor], {dtype: DTYPES.float32, shape});
}

/** One value everywhere, in a shape that depends on the unknown sizes: zeros, ones. */
function filled(
  constants: readonly HostConstant[],
  shape: readonly Polynomial[],
  sizes: Sizes,
): GraphTensor | undefined {
  const {dtype, values} = constants[0] as HostConstant;
  const value = values.slice(0, 1) as HostValues;
  const uniform = constants.every(
    ({values}) => values.length > 0 && (values as Float32Array).every((_, i) => sameElement(values, i, value, 0)),
  );
  if (!uniform) return undefined;
  return op(
    'Fill',
    {T: {type: dtype}, index_type: {type: DTYPES.int32}},
    [sizes.tensor(shape), output({kind: 'const', type: {dtype, shape: []}, values: value})],
    {dtype, shape: shape.map(() => null)},
  );
}

/** The same values again and again along the axes whose size is unknown. */
function repeated(
  constants: readonly HostConstant[],
  shape: readonly Polynomial[],
  sizes: Sizes,
): GraphTensor | undefined {
  const {dtype} = constants[0] as HostConstant;
  const unknown = shape.map(size => constantOf(size) === undefined);
  const [first, ...others] = constants.map(constant => oncePerUnknown(constant, unknown));
  if (first === undefined || others.some(other => other === undefined || !sameValues(first, other))) return undefined;
  const known = shape.map(size => constantOf(size) ?? 1);
  return op(
    'BroadcastTo',
    {T: {type: dtype}, Tidx: {type: DTYPES.int32}},
    [output({kind: 'const', type: {dtype, shape: known}, values: first}), sizes.tensor(shape)],
    {dtype, shape: shape.map(size => constantOf(size) ?? null)},
  );
}

/** The values at the first place of every unknown axis, if those at the other places are the same. */
function oncePerUnknown({shape, values}: HostConstant, unknown: readonly boolean[]): HostValues | undefined {
  if (shape.includes(0)) return undefined;
  const kept: number[] = [];
  for (let i = 0; i < values.length; i++) {
    let first = 0;
    let rest = i;
    let stride = 1;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const size = shape[axis] as number;
      if (!unknown[axis]) first += (rest % size) * stride;
      rest = Math.floor(rest / size);
      stride *= size;
    }
    if (first === i) kept.push(i);
    else if (!sameElement(values, i, values, first)) return undefined;
  }
  if (Array.isArray(values)) return kept.map(i => values[i] as Uint8Array);
  const once = values.slice(0, kept.length);
  kept.forEach((i, k) => (once[k] = values[i] as number));
  return once;
}

/** start, start + step, ... in whole numbers: what tf.range makes. */
function range(constants: readonly HostConstant[], length: Polynomial, sizes: Sizes): GraphTensor | undefined {
  const {dtype, shape, values} = constants[0] as HostConstant;
  if (shape.length !== 1 || (dtype !== DTYPES.int32 && dtype !== DTYPES.float32)) return undefined;
  const start = values[0] as number;
  const step = (values[1] as number) - start;
  if (!Number.isInteger(start) || !Number.isInteger(step) || step === 0) return undefined;
  if (!constants.every(({values}) => (values as Float32Array).every((value, i) => value === start + i * step)))
    return undefined;
  const limit = length.map(({coefficient, factors}) => ({coefficient: coefficient * step, factors}));
  const whole = op(
    'Range',
    {Tidx: {type: DTYPES.int32}},
    [int32([start], []), sizes.scalar([...limit, {coefficient: start, factors: []}]), int32([step], [])],
    {dtype: DTYPES.int32, shape: [null]},
  );
  if (dtype === DTYPES.int32) return whole;
  return op('Cast', {SrcT: {type: DTYPES.int32}, DstT: {type: dtype}, Truncate: {b: false}}, [whole], {
    dtype,
    shape: [null],
  });
}

export function sameNumbers(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}

export function sameValues(a: HostValues, b: HostValues): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!sameElement(a, i, b, i)) return false;
  return true;
}

function sameElement(a: HostValues, i: number, b: HostValues, j: number): boolean {
  const left = a[i];
  const right = b[j];
  if (left instanceof Uint8Array && right instanceof Uint8Array) return Buffer.compare(left, right) === 0;
  return Object.is(left, right);
}
