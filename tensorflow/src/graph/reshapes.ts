import {DTYPES} from '../session/index.js';
import {int32, op, output, typeOf, type ConstNode, type GraphTensor, type OpNode, type TensorType} from './graph.js';

/** Ops that work element by element on one operand. Their result does not depend on the operand's shape. */
const UNARY = new Set(
  (
    'Abs Acos Acosh Asin Asinh Atan Atanh Cast Ceil Cos Cosh Elu Erf Exp Expm1 Floor IsFinite IsInf IsNan LeakyRelu Log ' +
    'Log1p LogicalNot Neg Reciprocal Relu Relu6 Round Rsqrt Selu Sigmoid Sign Sin Sinh Softplus Softsign Sqrt Square Tan Tanh'
  ).split(' '),
);

/** Ops on two operands that IEEE 754 rounds in one way only: where an element lies, and so how it is computed, is all one. */
export const EXACT = new Set('Add AddV2 Sub Mul RealDiv Maximum Minimum SquaredDifference'.split(' '));

/**
 * A reshape costs nothing, but what stands on both its sides cannot become one op: TensorFlow adds a bias within a product
 * of matrices, if nothing lies between. So a reshape goes behind an op that works element by element.
 * Undefined when the op stays as it is.
 */
export function reshapeLater(node: OpNode): GraphTensor | undefined {
  if (UNARY.has(node.op)) return unary(node);
  if (EXACT.has(node.op) && node.inputs.length === 2) return bothSides(node) ?? withLeadingOnes(node);
  return undefined;
}

function unary(node: OpNode): GraphTensor | undefined {
  const reshape = reshapeOf(node.inputs[0]);
  const [type] = node.outputs;
  if (reshape === undefined || type === undefined) return undefined;
  const {source} = reshape;
  const done = op(node.op, node.attrs, [source], {dtype: type.dtype, shape: typeOf(source).shape});
  return reshaped(done, type, reshape.shape);
}

/** A reshape and a number, or a reshape that keeps the last axis and a vector along it. */
function bothSides(node: OpNode): GraphTensor | undefined {
  for (const k of [0, 1]) {
    const reshape = reshapeOf(node.inputs[k]);
    const other = withoutLeadingOnes(node.inputs[1 - k]);
    const [type] = node.outputs;
    if (reshape === undefined || other === undefined || type === undefined) continue;
    const {source, to} = reshape;
    const along = typeOf(other).shape;
    const from = typeOf(source).shape;
    if (along.length > 1 || from.length < along.length || !sameSizes(to, type.shape)) continue;
    const fits = along.length === 0 || (along[0] === from.at(-1) && along[0] === to.at(-1) && along[0] !== null);
    if (!fits) continue;
    const operands = k === 0 ? [source, other] : [other, source];
    const done = op(node.op, node.attrs, operands, {dtype: type.dtype, shape: from});
    return reshaped(done, type, reshape.shape);
  }
  return undefined;
}

/** Leading ones that a reshape adds to an operand matter to nobody where the other operand has as many axes without them. */
function withLeadingOnes(node: OpNode): GraphTensor | undefined {
  const [type] = node.outputs;
  const operands = node.inputs.map(input => withoutLeadingOnes(input) ?? input);
  const [a, b] = operands;
  if (type === undefined || a === undefined || b === undefined) return undefined;
  const rank = Math.max(typeOf(a).shape.length, typeOf(b).shape.length);
  const extra = type.shape.length - rank;
  if (extra <= 0 || !canReshapeTo(type)) return undefined;
  const done = op(node.op, node.attrs, operands, {dtype: type.dtype, shape: type.shape.slice(extra)});
  return reshaped(done, type);
}

/** A tensor as one of fewer axes, where those that go have the size one and come first. */
function withoutLeadingOnes(tensor: GraphTensor | undefined): GraphTensor | undefined {
  if (tensor === undefined) return undefined;
  const {node} = tensor;
  const {dtype, shape} = typeOf(tensor);
  if (node.kind === 'const') {
    const kept = shape.slice(shape.findIndex(size => size !== 1));
    const type = {dtype, shape: shape.every(size => size === 1) ? [] : kept};
    return output({...(node as ConstNode), type});
  }
  const source = reshapeOf(tensor)?.source;
  if (source === undefined) return shape.length <= 1 ? tensor : undefined;
  const from = typeOf(source).shape;
  const ones = shape.length - from.length;
  const onlyOnes = ones >= 0 && shape.slice(0, ones).every(size => size === 1) && sameSizes(shape.slice(ones), from);
  return onlyOnes ? source : undefined;
}

interface Reshape {
  readonly source: GraphTensor;
  readonly shape: GraphTensor;
  readonly to: TensorType['shape'];
}

function reshapeOf(tensor: GraphTensor | undefined): Reshape | undefined {
  const node = tensor?.node;
  if (node?.kind !== 'op' || node.op !== 'Reshape') return undefined;
  const [source, shape] = node.inputs;
  return source && shape && {source, shape, to: (node.outputs[0] as TensorType).shape};
}

/** @param shape of a reshape that makes the same shape; made of the type when not given */
export function reshaped(tensor: GraphTensor, type: TensorType, shape?: GraphTensor): GraphTensor {
  const wanted = shape ?? int32(type.shape.map(size => size ?? -1));
  return op('Reshape', {T: {type: type.dtype}, Tshape: {type: DTYPES.int32}}, [tensor, wanted], type);
}

/** Whether a reshape to known sizes and at most one -1 makes it. */
export function canReshapeTo({shape}: TensorType): boolean {
  return shape.filter(size => size === null).length <= 1 && !shape.includes(0);
}

/** Whether two shapes of as many elements surely are the same. */
function sameSizes(a: TensorType['shape'], b: TensorType['shape']): boolean {
  return (
    a.length === b.length && a.every((size, axis) => size === b[axis]) && a.filter(size => size === null).length <= 1
  );
}
