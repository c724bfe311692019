import {DTYPES} from '../session/index.js';
import {
  int32,
  op,
  output,
  typeOf,
  type Attrs,
  type GraphTensor,
  type OpNode,
  type TensorType,
} from '../capture/graph.js';

/**
 * The op of a graph for one that tfjs executes; the same, where tfjs has no reason of its own for it.
 * tfjs multiplies matrices as batches of one. TensorFlow's kernel for batches is several times slower at that.
 */
export function convert(
  name: string,
  attrs: Attrs,
  inputs: readonly GraphTensor[],
  outputs: readonly TensorType[],
): readonly GraphTensor[] {
  if (name === 'BatchMatMulV2') {
    const matrices = inputs.map(asMatrix);
    const [a, b] = matrices;
    const [type] = outputs;
    if (a !== undefined && b !== undefined && type !== undefined) {
      const {T, adj_x, adj_y} = attrs as Record<string, Attrs[string]>;
      const product = op(
        'MatMul',
        {T: T as Attrs[string], transpose_a: adj_x ?? {b: false}, transpose_b: adj_y ?? {b: false}},
        [a, b],
        {dtype: type.dtype, shape: type.shape.slice(-2)},
      );
      return [reshape(product, type.shape as number[])];
    }
  }
  const node: OpNode = {kind: 'op', op: name, attrs, inputs, outputs};
  return outputs.map((_, index) => output(node, index));
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
