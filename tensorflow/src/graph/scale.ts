import {output, sorted, typeOf, type ConstNode, type GraphNode, type GraphTensor, type OpNode} from './graph.js';

/**
 * A product of matrices that is divided by a power of two, as attention does by the root of its head's size, has its smaller
 * factor divided instead. Powers of two change no digit of a number, so the result is the same, bit by bit (but for
 * numbers near the smallest that there are).
 */
export function scaleFactors(outputs: Readonly<Record<string, GraphTensor>>): Record<string, GraphTensor> {
  const order = sorted(Object.values(outputs));
  const uses = new Map<GraphNode, number>();
  const count = ({node}: GraphTensor) => void uses.set(node, (uses.get(node) ?? 0) + 1);
  Object.values(outputs).forEach(count);
  for (const node of order) if (node.kind === 'op') node.inputs.forEach(count);

  const now = new Map<GraphNode, GraphNode>();
  const current = ({node, index}: GraphTensor): GraphTensor => ({node: now.get(node) ?? node, index});
  for (const node of order) {
    if (node.kind !== 'op') continue;
    const inputs = node.inputs.map(current);
    const isSame = inputs.every((input, i) => input.node === node.inputs[i]?.node);
    const kept = isSame ? node : {...node, inputs};
    const product = node.inputs.find(({node}) => isProduct(node))?.node;
    const scaled = product !== undefined && uses.get(product) === 1 ? scaledProduct(kept) : undefined;
    if (scaled !== undefined || !isSame) now.set(node, scaled ?? kept);
  }
  return Object.fromEntries(Object.entries(outputs).map(([name, tensor]) => [name, current(tensor)]));
}

function isProduct(node: GraphNode): node is OpNode {
  return node.kind === 'op' && node.op === 'BatchMatMulV2';
}

function scaledProduct(node: OpNode): OpNode | undefined {
  const k = node.inputs.findIndex(({node}) => isProduct(node));
  const scale = node.inputs[1 - k]?.node;
  const isScaling = node.op === 'Mul' || (node.op === 'RealDiv' && k === 0);
  if (!isScaling || scale?.kind !== 'const' || !isPowerOfTwo(scale)) return undefined;
  const product = (node.inputs[k] as GraphTensor).node as OpNode;
  const [factor, other] = product.inputs as [GraphTensor, GraphTensor];
  const type = typeOf(factor);
  const {adj_x} = product.attrs;
  const terms = type.shape.at(adj_x !== undefined && 'b' in adj_x && adj_x.b ? -2 : -1);
  const columns = product.outputs[0]?.shape.at(-1);
  if (terms == null || columns == null || terms >= columns) return undefined;
  const inputs = node.inputs.map((input, i) => (i === k ? factor : input));
  return {...product, inputs: [output({...node, inputs, outputs: [type]}), other]};
}

function isPowerOfTwo({type, values}: ConstNode): boolean {
  const value = values[0];
  return type.shape.length === 0 && typeof value === 'number' && value > 0 && Number.isInteger(Math.log2(value));
}
