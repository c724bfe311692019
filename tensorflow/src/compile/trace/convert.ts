import {
  int32,
  op,
  output,
  typeOf,
  type Attrs,
  type GraphTensor,
  type OpNode,
  type TensorType,
} from '../../graph/graph.js';
import {DTYPES} from '../../session/index.js';

/** An op that tfjs executes, with its inputs as they are in the graph. */
export interface RecordedOp {
  readonly name: string;
  readonly attrs: Attrs;
  readonly inputs: readonly GraphTensor[];
  readonly outputs: readonly TensorType[];
}

/** From so many rows on, a product with ones is worth its call. */
const FEWEST_ROWS = 16;

type Rewrite = (recorded: RecordedOp, type: TensorType) => GraphTensor | undefined;

/** The outputs of the op, or of something that gives the same numbers (to rounding) with less work. */
export function convert(recorded: RecordedOp): readonly GraphTensor[] {
  const {name, attrs, inputs, outputs} = recorded;
  const [type] = outputs;
  const instead = type && outputs.length === 1 ? REWRITES[name]?.(recorded, type) : undefined;
  if (instead !== undefined) return [instead];
  const node: OpNode = {kind: 'op', op: name, attrs, inputs, outputs};
  return outputs.map((_, index) => output(node, index));
}

/** By the op that ends a pattern. The patterns are those of tfjs-core's gradients and tfjs-node's kernels. */
const REWRITES: Readonly<Record<string, Rewrite>> = {
  BatchMatMulV2: matrixProduct,
  LogicalAnd: withinBounds,
  Mul: activationGradient,
  RealDiv: timesReciprocal,
  Sum: sumOfRows,
  ZerosLike: (_, type) => filled(type, 0),
  Fill: ({inputs}, type) => {
    const value = inputs[1] && constantOf(inputs[1]);
    return value === undefined ? undefined : filled(type, value);
  },
};

/** tfjs multiplies matrices as batches of one. TensorFlow's kernel for batches is several times slower at that. */
function matrixProduct({attrs, inputs}: RecordedOp, type: TensorType): GraphTensor | undefined {
  const [a, b] = inputs.map(asMatrix);
  if (a === undefined || b === undefined) return undefined;
  const {T, adj_x: transpose_a = {b: false}, adj_y: transpose_b = {b: false}} = attrs;
  const matrix = {dtype: type.dtype, shape: type.shape.slice(-2)};
  const product = op('MatMul', {...(T && {T}), transpose_a, transpose_b}, [a, b], matrix);
  return reshape(product, type.shape as number[]);
}

/** A sum over all axes but the last, as for a bias, is a product with a row of ones; that kernel is many times faster. */
function sumOfRows({inputs: [x, axes]}: RecordedOp, type: TensorType): GraphTensor | undefined {
  if (!x || axes?.node.kind !== 'const' || type.dtype !== DTYPES.float32) return undefined;
  const shape = typeOf(x).shape as number[];
  const summed = new Set(Array.from(axes.node.values as Int32Array, axis => (axis < 0 ? axis + shape.length : axis)));
  const columns = shape.at(-1) as number;
  const last = shape.length - 1;
  const isAllButLast = shape.every((size, axis) =>
    axis === last ? !summed.has(axis) : summed.has(axis) || size === 1,
  );
  if (!isAllButLast || columns === 0) return undefined;
  const rows = shape.slice(0, -1).reduce((product, size) => product * size, 1);
  const ones = filled({dtype: type.dtype, shape: [1, rows]}, 1);
  if (rows < FEWEST_ROWS || ones === undefined) return undefined;
  const attrs = {T: {type: type.dtype}, transpose_a: {b: false}, transpose_b: {b: false}};
  const product = op('MatMul', attrs, [ones, reshape(x, [rows, columns])], {dtype: type.dtype, shape: [1, columns]});
  return reshape(product, type.shape as number[]);
}

/** The gradient of clipping asks whether x >= low and x <= high; that is where clipping changes nothing. */
function withinBounds({inputs}: RecordedOp, type: TensorType): GraphTensor | undefined {
  const [above, below] = inputs.map(opOf);
  if (above?.op !== 'GreaterEqual' || below?.op !== 'LessEqual') return undefined;
  const [x, low] = above.inputs;
  const [same, high] = below.inputs;
  if (!x || !low || !same || !high || !equal(x, same) || typeOf(x).dtype !== DTYPES.float32) return undefined;
  const bounds = [constantOf(low), constantOf(high)];
  if (bounds.includes(undefined)) return undefined;
  const T = {T: {type: DTYPES.float32}};
  const clipped = op('Maximum', T, [op('Minimum', T, [x, high], typeOf(x)), low], typeOf(x));
  return op('Equal', {...T, incompatible_shape_error: {b: true}}, [x, clipped], type);
}

/** Gradients of tanh, sigmoid and relu, for which TensorFlow has one op each. */
function activationGradient({inputs: [a, b]}: RecordedOp, type: TensorType): GraphTensor | undefined {
  if (!a || !b || type.dtype !== DTYPES.float32 || !sameShape(a, b)) return undefined;
  return (
    tanhGradient(a, b, type) ?? tanhGradient(b, a, type) ?? sigmoidGradient(b, a, type) ?? reluGradient(b, a, type)
  );
}

/** (1 - y²) dy, where y = tanh(x). */
function tanhGradient(factor: GraphTensor, dy: GraphTensor, type: TensorType): GraphTensor | undefined {
  const difference = opOf(factor);
  if (difference?.op !== 'Sub' || !isConstant(difference.inputs[0], 1)) return undefined;
  const square = opOf(difference.inputs[1]);
  const y = square?.op === 'Square' ? square.inputs[0] : undefined;
  return y && opOf(y)?.op === 'Tanh' ? op('TanhGrad', {T: {type: type.dtype}}, [y, dy], type) : undefined;
}

/** dy (y (1 - y)), where y = sigmoid(x). */
function sigmoidGradient(factor: GraphTensor, dy: GraphTensor, type: TensorType): GraphTensor | undefined {
  const product = opOf(factor);
  const [y, rest] = product?.op === 'Mul' ? product.inputs : [];
  const difference = opOf(rest);
  if (!y || opOf(y)?.op !== 'Sigmoid' || difference?.op !== 'Sub' || !isConstant(difference.inputs[0], 1))
    return undefined;
  const same = difference.inputs[1];
  return same && equal(y, same) ? op('SigmoidGrad', {T: {type: type.dtype}}, [y, dy], type) : undefined;
}

/** dy step(x): tfjs-node's step takes NaN where x is NaN, else 1 where x > 0, else 0. */
function reluGradient(factor: GraphTensor, dy: GraphTensor, type: TensorType): GraphTensor | undefined {
  const step = opOf(factor);
  if (step?.op !== 'Select') return undefined;
  const [nans, x, inner] = step.inputs;
  const select = opOf(inner);
  if (opOf(nans)?.op !== 'IsNan' || select?.op !== 'Select' || !x) return undefined;
  const [condition, one, zero] = select.inputs;
  const greater = opOf(condition);
  if (greater?.op !== 'Greater' || !equal(greater.inputs[0] as GraphTensor, x)) return undefined;
  if (!isConstant(greater.inputs[1], 0) || !isConstant(one, 1) || !isConstant(zero, 0)) return undefined;
  return op('ReluGrad', {T: {type: type.dtype}}, [dy, x], type);
}

/** Division is slow; by a number it is a product. */
function timesReciprocal({inputs: [a, b]}: RecordedOp, type: TensorType): GraphTensor | undefined {
  const divisor = b && typeOf(b).shape.length === 0 && type.dtype === DTYPES.float32 ? constantOf(b) : undefined;
  if (!a || divisor === undefined || divisor === 0) return undefined;
  const reciprocal = {dtype: type.dtype, shape: []};
  return op(
    'Mul',
    {T: {type: type.dtype}},
    [a, output({kind: 'const', type: reciprocal, values: Float32Array.of(1 / divisor)})],
    type,
  );
}

/** A batch of one matrix as that matrix; undefined when there are more. */
function asMatrix(tensor: GraphTensor): GraphTensor | undefined {
  const shape = typeOf(tensor).shape as number[];
  return shape.slice(0, -2).every(size => size === 1) ? reshape(tensor, shape.slice(-2)) : undefined;
}

function reshape(tensor: GraphTensor, shape: readonly number[]): GraphTensor {
  const {dtype} = typeOf(tensor);
  return op('Reshape', {T: {type: dtype}, Tshape: {type: DTYPES.int32}}, [tensor, int32(shape)], {dtype, shape});
}

/** Floats that are all the same, as a constant; large ones stay as they are. */
function filled({dtype, shape}: TensorType, value: number): GraphTensor | undefined {
  const size = (shape as number[]).reduce((product, dimension) => product * dimension, 1);
  if (dtype !== DTYPES.float32 || size > 1 << 16) return undefined;
  return output({kind: 'const', type: {dtype, shape}, values: new Float32Array(size).fill(value)});
}

/** The op that makes a tensor; casts to the dtype that is there already are passed over. */
function opOf(tensor: GraphTensor | undefined): OpNode | undefined {
  if (tensor?.node.kind !== 'op') return undefined;
  const [from] = tensor.node.inputs;
  const changesNothing = tensor.node.op === 'Cast' && from && typeOf(from).dtype === typeOf(tensor).dtype;
  return changesNothing ? opOf(from) : tensor.node;
}

/** The number that a float constant, or a fill, has everywhere. */
function constantOf({node}: GraphTensor): number | undefined {
  if (node.kind === 'op') return node.op === 'Fill' && node.inputs[1] ? constantOf(node.inputs[1]) : undefined;
  if (node.kind !== 'const' || !(node.values instanceof Float32Array)) return undefined;
  const [first] = node.values;
  return node.values.every(value => value === first) ? first : undefined;
}

function isConstant(tensor: GraphTensor | undefined, value: number): boolean {
  return tensor !== undefined && constantOf(tensor) === value;
}

function equal(a: GraphTensor, b: GraphTensor): boolean {
  return a.node === b.node && a.index === b.index;
}

function sameShape(a: GraphTensor, b: GraphTensor): boolean {
  return typeOf(a).shape.join() === typeOf(b).shape.join();
}
