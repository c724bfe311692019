import {DTYPES} from '../session/index.js';
import {
  int32,
  op,
  output,
  sorted,
  typeOf,
  type GraphNode,
  type GraphTensor,
  type OpNode,
  type TensorType,
} from './graph.js';
import {canReshapeTo, EXACT, reshaped} from './reshapes.js';
import {rewrite} from './rewrite.js';

/**
 * What the parts of a tensor go through alike, the whole tensor goes through at once: a recurrent layer multiplies each time
 * step by the same kernel, and splits a product into gates that it squeezes alike, in so many small ops.
 * Done only where the numbers stay the same, bit by bit. A sum of several products may be rounded otherwise in a larger
 * matrix, so products of matrices are taken together where each sum has one term (a series of single values).
 */
export function together(outputs: Readonly<Record<string, GraphTensor>>): Record<string, GraphTensor> {
  return new Parts(outputs).run();
}

/** An op that takes a part of a tensor. */
interface Use {
  readonly node: OpNode;
  readonly part: number;
  /** Which of its inputs the part is. */
  readonly position: number;
}

class Parts {
  private readonly order: GraphNode[];
  private readonly uses = new Map<GraphNode, Use[]>();
  private readonly now = new Map<GraphNode, readonly GraphTensor[]>();
  private readonly sizes = new Map<string, GraphTensor>();

  constructor(private readonly outputs: Readonly<Record<string, GraphTensor>>) {
    this.order = sorted(Object.values(outputs));
    for (const node of this.order) {
      if (node.kind !== 'op') continue;
      for (const [position, input] of node.inputs.entries()) {
        const uses = this.uses.get(input.node);
        const use = {node, part: input.index, position};
        if (uses === undefined) this.uses.set(input.node, [use]);
        else uses.push(use);
      }
    }
  }

  run(): Record<string, GraphTensor> {
    const results = new Set(Object.values(this.outputs).map(({node}) => node));
    for (const node of this.order) {
      if (node.kind !== 'op' || this.now.has(node)) continue;
      const inputs = node.inputs.map(input => this.current(input));
      const isSame = inputs.every((input, i) => input.node === node.inputs[i]?.node);
      const current = isSame ? node : {...node, inputs};
      if (!isSame) this.now.set(node, tensorsOf(current));
      if (!(node.op in SHARE) || results.has(node)) continue;
      const left = this.join(current, this.usesOf(node));
      const alone = left.size === 1 ? this.sliced(current, [...left][0] as number) : undefined;
      if (alone !== undefined) this.now.set(node, alone);
    }
    return Object.fromEntries(Object.entries(this.outputs).map(([name, tensor]) => [name, this.current(tensor)]));
  }

  private current(tensor: GraphTensor): GraphTensor {
    return this.now.get(tensor.node)?.[tensor.index] ?? tensor;
  }

  private usesOf(node: GraphNode): readonly Use[] {
    return this.uses.get(node) ?? [];
  }

  /** @returns the parts that are still taken one by one */
  private join(split: OpNode, uses: readonly Use[]): Set<number> {
    const joined = new Set<OpNode>();
    for (const alike of groupsOf(uses)) {
      if (alike.size <= split.outputs.length * (SHARE[split.op] as number)) continue;
      const whole = atOnce(split, [...alike.values()][0] as Use);
      if (whole === undefined) continue;
      const outputs = split.outputs.map((type, part) => alike.get(part)?.node.outputs[0] ?? type);
      const parts: OpNode = {...split, inputs: [whole, ...split.inputs.slice(1)], outputs};
      const next: Use[] = [];
      for (const [part, {node}] of alike) {
        joined.add(node);
        this.now.set(node, [output(parts, part)]);
        next.push(...this.usesOf(node).map(use => ({...use, part})));
      }
      this.join(parts, next);
    }
    return new Set(uses.filter(({node}) => !joined.has(node)).map(({part}) => part));
  }

  /** The one part of a split that is taken, without the others. */
  private sliced(split: OpNode, part: number): GraphTensor[] | undefined {
    const [whole, {node: sizes} = {}, {node: axis} = {}] = split.inputs;
    if (split.op !== 'SplitV' || whole === undefined || sizes?.kind !== 'const' || axis?.kind !== 'const')
      return undefined;
    const type = split.outputs[part] as TensorType;
    const along = (Number(axis.values[0]) + type.shape.length) % type.shape.length;
    const counts = Array.from(sizes.values as Int32Array);
    if (counts.includes(-1)) return undefined;
    const from = counts.slice(0, part).reduce((sum, size) => sum + size, 0);
    const begin = this.ints(type.shape.map((_, i) => (i === along ? from : 0)));
    const size = this.ints(type.shape.map((size, i) => (i === along ? (counts[part] as number) : (size ?? -1))));
    const attrs = {T: {type: type.dtype}, Index: {type: DTYPES.int32}};
    const slice = op('Slice', attrs, [whole, begin, size], type);
    return split.outputs.map((_, index) => (index === part ? slice : output(split, index)));
  }

  private ints(values: readonly number[]): GraphTensor {
    const key = values.join();
    const tensor = this.sizes.get(key) ?? int32(values);
    this.sizes.set(key, tensor);
    return tensor;
  }
}

/** Ops that take a tensor apart, and the share of the parts that must be exceeded to compute on the whole instead. */
const SHARE: Readonly<Record<string, number>> = {Unpack: 0.99, SplitV: 0.5};

function tensorsOf(node: OpNode): GraphTensor[] {
  return node.outputs.map((_, index) => output(node, index));
}

/** Uses by part, of ops of two operands that differ by the part only. */
function groupsOf(uses: readonly Use[]): Map<number, Use>[] {
  const ids = new Map<GraphNode, number>();
  const groups = new Map<string, Map<number, Use>>();
  for (const use of uses) {
    const {node, part, position} = use;
    const other = node.inputs[1 - position];
    if (node.inputs.length !== 2 || (other?.node.kind !== 'const' && other?.node.kind !== 'weight')) continue;
    if (!ids.has(other.node)) ids.set(other.node, ids.size);
    const key = JSON.stringify([node.op, node.attrs, position, ids.get(other.node)]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, new Map([[part, use]]));
    else group.set(part, use);
  }
  return [...groups.values()];
}

/** What a use does, done to all parts; undefined where that is none of what stays the same. */
function atOnce(split: OpNode, {node, position}: Use): GraphTensor | undefined {
  const [whole] = split.inputs;
  const other = node.inputs[1 - position];
  if (whole === undefined || other === undefined) return undefined;
  if (split.op === 'Unpack') return overSteps(split, node, position, whole, other);
  if (!EXACT.has(node.op) || typeOf(other).shape.length > 0) return undefined;
  return made({...node, inputs: position === 0 ? [whole, other] : [other, whole], outputs: [typeOf(whole)]});
}

/** The same op on each of many matrices. */
function overSteps(
  unpack: OpNode,
  node: OpNode,
  position: number,
  whole: GraphTensor,
  other: GraphTensor,
): GraphTensor | undefined {
  const [type] = node.outputs;
  const axis = unpack.attrs['axis'];
  const isFirst = axis !== undefined && 'i' in axis && axis.i === 0;
  if (type === undefined || unpack.outputs[0]?.shape.length !== 2 || !isFirst) return undefined;
  const stacked = {dtype: type.dtype, shape: [typeOf(whole).shape[0] ?? null, ...type.shape]};
  if (!canReshapeTo(stacked)) return undefined;
  if (node.op === 'MatMul') return position === 0 ? product(node, whole, other, stacked) : undefined;
  if (!EXACT.has(node.op) || typeOf(other).shape.length > 1) return undefined;
  return made({...node, inputs: position === 0 ? [whole, other] : [other, whole], outputs: [stacked]});
}

function product(node: OpNode, whole: GraphTensor, kernel: GraphTensor, stacked: TensorType): GraphTensor | undefined {
  const [steps, batch, terms] = typeOf(whole).shape;
  const isTransposed = Object.values(node.attrs).some(attr => 'b' in attr && attr.b);
  if (isTransposed || terms !== 1) return undefined;
  const rows = steps == null || batch == null ? null : steps * batch;
  const matrix = made(reshaped(whole, {dtype: stacked.dtype, shape: [rows, 1]}).node as OpNode);
  const type = {dtype: stacked.dtype, shape: [rows, stacked.shape[2] ?? null]};
  return reshaped(op('MatMul', node.attrs, [matrix, kernel], type), stacked);
}

function made(node: OpNode): GraphTensor {
  return rewrite(node) ?? output(node);
}
