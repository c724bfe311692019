import type {Attrs, ConstNode, Graph, GraphNode, GraphTensor, WeightNode} from '../graph/graph.js';
import {sorted, typeOf} from '../graph/graph.js';
import type {HostValues} from '../recording/backend.js';
import {shapeProto, type NodeDef, type TensorInfo} from './messages.js';

/** A signature as the nodes of a GraphDef know it. */
export interface NamedSignature {
  readonly inputs: Readonly<Record<string, TensorInfo>>;
  readonly outputs: Readonly<Record<string, TensorInfo>>;
}

export interface NamedGraph {
  readonly nodes: readonly NodeDef[];
  readonly signatures: Readonly<Record<string, NamedSignature>>;
}

/** How a weight gets into the graph: the nodes that give it, and the tensor name of its value. */
export type WeightNodes = (node: WeightNode, names: Names) => {nodes: readonly NodeDef[]; tensor: string};

/**
 * The nodes of several graphs in one, each after those that it needs. The same graphs give the same names.
 * @param graphs by the name of their signature; nodes that graphs share are written once
 */
export function nameGraphs(graphs: Readonly<Record<string, Graph>>, weight: WeightNodes): NamedGraph {
  const names = new Names();
  const tensors = new Map<GraphNode, string>();
  const weights = new Map<object, string>();
  const nodes: NodeDef[] = [];
  const signatures: Record<string, NamedSignature> = {};
  for (const [signature, {inputs, outputs}] of Object.entries(graphs)) {
    const inputInfos: Record<string, TensorInfo> = {};
    for (const [input, node] of Object.entries(inputs)) {
      const {dtype, shape} = node.type;
      const name = names.take(`${signature}/inputs/${input}`);
      tensors.set(node, name);
      nodes.push({name, op: 'Placeholder', attr: {dtype: {type: dtype}, shape: {shape: shapeProto(shape)}}});
      inputInfos[input] = {name: `${name}:0`, dtype, tensor_shape: shapeProto(shape)};
    }
    for (const node of sorted(Object.values(outputs))) {
      if (tensors.has(node)) continue;
      if (node.kind === 'weight') {
        const {dataId} = node.external;
        let tensor = weights.get(dataId);
        if (tensor === undefined) {
          const made = weight(node, names);
          nodes.push(...made.nodes);
          tensor = made.tensor;
          weights.set(dataId, tensor);
        }
        tensors.set(node, tensor);
      } else if (node.kind === 'const') {
        const name = names.take('Const');
        nodes.push(constNode(name, node));
        tensors.set(node, name);
      } else if (node.kind === 'op') {
        const name = names.take(node.op);
        tensors.set(node, name);
        nodes.push({
          name,
          op: node.op,
          input: node.inputs.map(input => tensorName(input, tensors)),
          attr: sortedAttrs(node.attrs),
        });
      } else {
        throw new Error(`The input "${node.name}" belongs to no signature.`);
      }
    }
    const outputInfos: Record<string, TensorInfo> = {};
    for (const [output, tensor] of Object.entries(outputs)) {
      const {dtype, shape} = typeOf(tensor);
      const name = names.take(`${signature}/outputs/${output}`);
      nodes.push({name, op: 'Identity', input: [tensorName(tensor, tensors)], attr: {T: {type: dtype}}});
      outputInfos[output] = {name: `${name}:0`, dtype, tensor_shape: shapeProto(shape)};
    }
    signatures[signature] = {inputs: inputInfos, outputs: outputInfos};
  }
  return {nodes, signatures};
}

/** A Const node: values as the raw little-endian bytes that TensorFlow keeps, strings one by one. */
export function constNode(name: string, {type: {dtype, shape}, values}: Pick<ConstNode, 'type' | 'values'>): NodeDef {
  const content = Array.isArray(values)
    ? {string_val: values}
    : {tensor_content: bytesOf(values as Exclude<HostValues, Uint8Array[]>)};
  const tensor = {dtype, tensor_shape: shapeProto(shape), ...content};
  return {name, op: 'Const', attr: {dtype: {type: dtype}, value: {tensor}}};
}

/** Names of nodes, each given once, in characters that TensorFlow allows. */
export class Names {
  private readonly used = new Map<string, number>();

  take(wanted: string): string {
    const name = wanted.replace(/[^A-Za-z0-9_.\-/]/g, '_').replace(/^[^A-Za-z0-9.]/, 'x$&');
    // TensorFlow's scopes compare names without case.
    const key = name.toLowerCase();
    const count = this.used.get(key) ?? 0;
    this.used.set(key, count + 1);
    return count === 0 ? name : this.take(`${name}_${count}`);
  }
}

function tensorName({node, index}: GraphTensor, names: ReadonlyMap<GraphNode, string>): string {
  const name = names.get(node) as string;
  return index === 0 ? name : `${name}:${index}`;
}

function sortedAttrs(attrs: Attrs): Attrs {
  return Object.fromEntries(Object.entries(attrs).sort(([a], [b]) => (a < b ? -1 : 1)));
}

export function bytesOf(values: Exclude<HostValues, Uint8Array[]>): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
