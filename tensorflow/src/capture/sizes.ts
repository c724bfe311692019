import {DTYPES} from '../session/index.js';
import {int32, op, typeOf, type GraphTensor} from '../graph/graph.js';
import {constantOf, type Polynomial, type UnknownSize} from './unknown-sizes.js';

const INT32 = {type: DTYPES.int32};
const SCALAR = {dtype: DTYPES.int32, shape: []};

/** Builds the nodes that compute sizes from the shapes of the inputs when the graph runs. */
export class Sizes {
  private readonly known = new Map<number, GraphTensor>();

  constructor(
    private readonly unknowns: readonly UnknownSize[],
    private readonly inputs: Readonly<Record<string, GraphTensor>>,
  ) {}

  /** An int32 scalar. */
  scalar(polynomial: Polynomial): GraphTensor {
    const constant = constantOf(polynomial);
    if (constant !== undefined) return int32([constant], []);
    return polynomial
      .map(({coefficient, factors}) => {
        const [first, ...others] = factors.map(i => this.size(i));
        if (first === undefined) return int32([coefficient], []);
        const product = others.reduce((a, b) => op('Mul', {T: INT32}, [a, b], SCALAR), first);
        return times(product, coefficient);
      })
      .reduce((a, b) => op('AddV2', {T: INT32}, [a, b], SCALAR));
  }

  /** An int32 tensor of a known shape. */
  tensor(polynomials: readonly Polynomial[], shape: readonly number[] = [polynomials.length]): GraphTensor {
    const constants = polynomials.map(constantOf);
    if (constants.every(value => value !== undefined)) return int32(constants, shape);
    return this.pack(
      polynomials.map(polynomial => this.scalar(polynomial)),
      shape,
    );
  }

  /** Int32 scalars as a tensor of a known shape. */
  pack(scalars: readonly GraphTensor[], shape: readonly number[]): GraphTensor {
    const [only] = scalars;
    if (shape.length === 0 && only !== undefined) return only;
    const packed = op('Pack', {N: {i: scalars.length}, T: INT32, axis: {i: 0}}, scalars, {
      dtype: DTYPES.int32,
      shape: [scalars.length],
    });
    if (shape.length === 1) return packed;
    return op('Reshape', {T: INT32, Tshape: INT32}, [packed, int32(shape)], {dtype: DTYPES.int32, shape});
  }

  private size(i: number): GraphTensor {
    let size = this.known.get(i);
    if (size === undefined) {
      const unknown = this.unknowns[i] as UnknownSize;
      size = sizeOf(this.inputs[unknown.input] as GraphTensor, unknown.axis);
      this.known.set(i, size);
    }
    return size;
  }
}

/** The size of a tensor along an axis, as an int32 scalar. */
export function sizeOf(tensor: GraphTensor, axis: number): GraphTensor {
  const {dtype, shape} = typeOf(tensor);
  const all = op('Shape', {T: {type: dtype}, out_type: INT32}, [tensor], {dtype: DTYPES.int32, shape: [shape.length]});
  const mask = {begin_mask: {i: 0}, end_mask: {i: 0}, ellipsis_mask: {i: 0}, new_axis_mask: {i: 0}};
  return op(
    'StridedSlice',
    {T: INT32, Index: INT32, ...mask, shrink_axis_mask: {i: 1}},
    [all, int32([axis]), int32([axis + 1]), int32([1])],
    SCALAR,
  );
}

/** An int32 scalar times a whole number. */
export function times(size: GraphTensor, factor: number): GraphTensor {
  return factor === 1 ? size : op('Mul', {T: INT32}, [int32([factor], []), size], SCALAR);
}

/** An int32 scalar plus a whole number. */
export function sum(size: GraphTensor, term: number): GraphTensor {
  return term === 0 ? size : op('AddV2', {T: INT32}, [size, int32([term], [])], SCALAR);
}
