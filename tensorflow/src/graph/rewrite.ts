import {DTYPES} from '../session/index.js';
import {op, output, typeOf, type ConstNode, type GraphTensor, type OpNode, type TensorType} from './graph.js';
import {canReshapeTo, reshaped, reshapeLater} from './reshapes.js';

/** Ops of two operands that broadcast as NumPy does. */
const BROADCASTING =
  /^(Add|AddV2|Sub|Mul|RealDiv|Div|DivNoNan|FloorDiv|FloorMod|Maximum|Minimum|Pow|SquaredDifference|Equal|NotEqual|Greater|GreaterEqual|Less|LessEqual|LogicalAnd|LogicalOr)$/;

/**
 * What gives exactly the same as an op, bit by bit, with less work: tfjs reshapes, transposes and tiles more than it must.
 * Undefined when the op stays as it is. The op's inputs are rewritten already.
 */
export function rewrite(node: OpNode): GraphTensor | undefined {
  const [first] = node.inputs;
  if (first === undefined) return undefined;
  switch (node.op) {
    case 'Reshape':
      return reshape(node, first);
    case 'Transpose':
      return isRange(ints(node.inputs[1])) ? first : undefined;
    case 'BatchMatMulV2':
      return flatProduct(node);
    case 'Slice':
      return takesAll(node, typeOf(first)) ? first : undefined;
    case 'Cast':
      return typeOf(first).dtype === node.outputs[0]?.dtype ? first : undefined;
    case 'Tile':
      return ints(node.inputs[1])?.every(times => times === 1) ? first : undefined;
    case 'BroadcastTo':
      return sameShape(typeOf(first), typeOf(output(node))) ? first : undefined;
    default:
      return (BROADCASTING.test(node.op) ? broadcast(node) : undefined) ?? reshapeLater(node);
  }
}

/** A reshape of a reshape needs only the second; one to the same shape needs none. */
function reshape(node: OpNode, from: GraphTensor): GraphTensor | undefined {
  const {node: inner} = from;
  if (inner.kind === 'op' && inner.op === 'Reshape') {
    const source = inner.inputs[0] as GraphTensor;
    const shorter: OpNode = {...node, inputs: [source, ...node.inputs.slice(1)]};
    return sameShape(typeOf(source), typeOf(output(node))) ? source : output(shorter);
  }
  return sameShape(typeOf(from), typeOf(output(node))) ? from : undefined;
}

/**
 * tfjs multiplies matrices as batches of one. The product of the matrices themselves is the same, bit by bit in
 * TensorFlow's own kernels; oneDNN's is quicker, and takes a bias and an activation in.
 */
function flatProduct(node: OpNode): GraphTensor | undefined {
  const [type] = node.outputs;
  if (type?.dtype !== DTYPES.float32 || type.shape.length > 3 || !canReshapeTo(type)) return undefined;
  const [a, b] = node.inputs.map(asMatrix);
  if (a === undefined || b === undefined) return undefined;
  const {adj_x = {b: false}, adj_y = {b: false}} = node.attrs;
  const attrs = {T: {type: type.dtype}, transpose_a: adj_x, transpose_b: adj_y};
  const product = op('MatMul', attrs, [a, b], {dtype: type.dtype, shape: type.shape.slice(-2)});
  return type.shape.length === 2 ? product : reshaped(product, type);
}

function asMatrix(tensor: GraphTensor): GraphTensor | undefined {
  const type = typeOf(tensor);
  if (type.shape.length === 2) return tensor;
  if (type.shape.length !== 3 || type.shape[0] !== 1 || !canReshapeTo(type)) return undefined;
  const matrix = {dtype: type.dtype, shape: type.shape.slice(1)};
  return tensor.node.kind === 'const' ? output({...tensor.node, type: matrix}) : reshaped(tensor, matrix);
}

/** An operand need not be repeated along an axis where the other one has the size of the result. */
function broadcast(node: OpNode): GraphTensor | undefined {
  const [a, b] = node.inputs;
  if (a === undefined || b === undefined) return undefined;
  const lighterA = unrepeated(a, typeOf(b));
  const lighterB = lighterA === undefined ? unrepeated(b, typeOf(a)) : undefined;
  if (lighterA === undefined && lighterB === undefined) return undefined;
  return op(node.op, node.attrs, [lighterA ?? a, lighterB ?? b], ...node.outputs);
}

function unrepeated({node}: GraphTensor, other: TensorType): GraphTensor | undefined {
  if (node.kind !== 'op') return undefined;
  const type = node.outputs[0] as TensorType;
  if (!fitsUnrepeated(type, other)) return undefined;
  if (node.op === 'Fill') return node.inputs[1];
  if (node.op !== 'Tile' && node.op !== 'BroadcastTo') return undefined;
  const source = node.inputs[0] as GraphTensor;
  const {shape} = typeOf(source);
  const offset = type.shape.length - shape.length;
  const repetitions = node.op === 'Tile' ? ints(node.inputs[1]) : undefined;
  const repeatsOnes = shape.every((size, axis) => {
    if (size === 1) return true;
    if (size === null && node.op === 'Tile') return repetitions?.[axis] === 1;
    return size === type.shape[axis + offset];
  });
  return repeatsOnes ? source : undefined;
}

/** Sizes that are unknown in both were equal in every recording, or the op would not have run. */
function fitsUnrepeated(type: TensorType, other: TensorType): boolean {
  const offset = other.shape.length - type.shape.length;
  return offset >= 0 && type.shape.every((size, axis) => size === other.shape[axis + offset]);
}

/** Whether two tensors with the same number of elements surely have the same shape. */
function sameShape(a: TensorType, b: TensorType): boolean {
  return (
    a.shape.length === b.shape.length &&
    a.shape.every((size, axis) => size === b.shape[axis]) &&
    a.shape.filter(size => size === null).length <= 1
  );
}

function ints(tensor: GraphTensor | undefined): Int32Array | undefined {
  const node = tensor?.node as ConstNode | undefined;
  return node?.kind === 'const' && node.type.dtype === DTYPES.int32 ? (node.values as Int32Array) : undefined;
}

function takesAll(slice: OpNode, {shape}: TensorType): boolean {
  const begin = ints(slice.inputs[1]);
  const size = ints(slice.inputs[2]);
  if (begin === undefined || size === undefined) return false;
  return begin.every(from => from === 0) && size.every((count, axis) => count === -1 || count === shape[axis]);
}

function isRange(values: Int32Array | undefined): boolean {
  return values !== undefined && values.every((value, i) => value === i);
}
