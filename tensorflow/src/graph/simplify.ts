import {createHash} from 'node:crypto';
import type {HostValues} from '../recording/backend.js';
import {rewrite} from './rewrite.js';
import {output, RANDOM_OPS, sorted, type ConstNode, type GraphNode, type GraphTensor, type OpNode} from './graph.js';

/**
 * A folded constant has at most so many elements. What is larger stays the op that makes it: weights stay in their
 * checkpoint, and TensorFlow folds them in memory.
 */
export const MAX_FOLDED_ELEMENTS = 4096;

/** What the simplifier asks of the recording that a graph was made of. */
export interface FoldedValues {
  /** The values of an op's output, when they are known and the same for all inputs. */
  read(node: OpNode, index: number): HostValues | undefined;
}

/**
 * The same outputs from fewer nodes: ops on nothing but constants and weights become constants, where they
 * are small; equal nodes become one; what no output needs is gone.
 */
export function simplify(
  outputs: Readonly<Record<string, GraphTensor>>,
  values: FoldedValues,
): Record<string, GraphTensor> {
  return new Simplifier(outputs, values).run();
}

class Simplifier {
  private readonly order: GraphNode[];
  private readonly fixed = new Set<GraphNode>();
  private readonly replaced = new Map<GraphNode, GraphNode>();
  /** Outputs that are now those of a node of another kind. */
  private readonly elsewhere = new Map<GraphNode, Map<number, GraphTensor>>();
  private readonly unique = new Map<string, GraphNode>();
  private readonly ids = new Map<GraphNode, number>();

  constructor(
    private readonly outputs: Readonly<Record<string, GraphTensor>>,
    private readonly values: FoldedValues,
  ) {
    this.order = sorted(Object.values(outputs));
    for (const node of this.order) {
      if (isFixed(node, this.fixed)) this.fixed.add(node);
    }
  }

  run(): Record<string, GraphTensor> {
    for (const node of this.order) {
      if (node.kind !== 'op') this.replaced.set(node, this.single(node));
      else this.simplify({...node, inputs: node.inputs.map(input => this.current(input))}, node);
    }
    return Object.fromEntries(Object.entries(this.outputs).map(([name, tensor]) => [name, this.current(tensor)]));
  }

  private simplify(node: OpNode, original: OpNode): void {
    const instead = rewrite(node);
    const isKnown = instead !== undefined && (instead.node.kind !== 'op' || this.ids.has(instead.node));
    if (!isKnown && this.fold(original)) return;
    if (instead === undefined) this.replaced.set(original, this.single(node));
    else this.elsewhere.set(original, new Map([[0, this.adopt(instead)]]));
  }

  /** Takes in nodes that a rewrite made. */
  private adopt({node, index}: GraphTensor): GraphTensor {
    if (this.ids.has(node)) return {node, index};
    if (node.kind !== 'op') return {node: this.single(node), index};
    const adopted = {...node, inputs: node.inputs.map(input => this.adopt(input))};
    const instead = rewrite(adopted);
    return instead === undefined ? {node: this.single(adopted), index} : this.adopt(instead);
  }

  private current({node, index}: GraphTensor): GraphTensor {
    return this.elsewhere.get(node)?.get(index) ?? {node: this.replaced.get(node) as GraphNode, index};
  }

  private fold(node: OpNode): boolean {
    if (!this.fixed.has(node)) return false;
    // Reshaping costs nothing, and the weight keeps its name.
    if (node.op === 'Reshape' && node.inputs[0]?.node.kind === 'weight') return false;
    const constants = new Map<number, GraphTensor>();
    for (const [index, {dtype, shape}] of node.outputs.entries()) {
      const values = this.values.read(node, index);
      if (values === undefined) return false;
      constants.set(index, output(this.single({kind: 'const', type: {dtype, shape}, values})));
    }
    this.elsewhere.set(node, constants);
    return true;
  }

  /** The first of equal nodes. */
  private single(node: GraphNode): GraphNode {
    const key = this.key(node);
    const known = key === undefined ? undefined : this.unique.get(key);
    if (known !== undefined) return known;
    this.ids.set(node, this.ids.size);
    if (key !== undefined) this.unique.set(key, node);
    return node;
  }

  private key(node: GraphNode): string | undefined {
    switch (node.kind) {
      case 'input':
      case 'weight':
        return undefined;
      case 'const':
        return `const ${constKey(node)}`;
      case 'op': {
        if (RANDOM_OPS.test(node.op)) return undefined;
        const inputs = node.inputs.map(input => `${this.ids.get(input.node)}:${input.index}`);
        return `${node.op} ${inputs.join()} ${JSON.stringify(node.attrs)}`;
      }
    }
  }
}

/** Whether a node has the same values for all inputs. */
function isFixed(node: GraphNode, fixed: ReadonlySet<GraphNode>): boolean {
  if (node.kind === 'op') return !RANDOM_OPS.test(node.op) && node.inputs.every(input => fixed.has(input.node));
  return node.kind !== 'input';
}

function constKey({type, values}: ConstNode): string {
  const hash = createHash('sha256');
  if (Array.isArray(values)) for (const value of values) hash.update(`${value.length}:`).update(value);
  else hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  return `${type.dtype} ${type.shape.join()} ${hash.digest('base64')}`;
}
