import {DTYPES} from '../session/index.js';
import type {HostValues} from '../recording/backend.js';
import type {External} from '../recording/record.js';

/** A graph of TensorFlow ops between named inputs and outputs: what a recording becomes. */
export interface Graph {
  readonly inputs: Readonly<Record<string, InputNode>>;
  readonly outputs: Readonly<Record<string, GraphTensor>>;
}

/** `dtype` is TensorFlow's DataType enum; null stands for an unknown size. */
export interface TensorType {
  readonly dtype: number;
  readonly shape: readonly (number | null)[];
}

export interface GraphTensor {
  readonly node: GraphNode;
  readonly index: number;
}

export type GraphNode = InputNode | ConstNode | WeightNode | OpNode;

export interface InputNode {
  readonly kind: 'input';
  readonly name: string;
  readonly type: TensorType;
}
export interface ConstNode {
  readonly kind: 'const';
  readonly type: TensorType;
  readonly values: HostValues;
}
/** A tensor of the model's own, shared between graphs when `external.dataId` is the same. */
export interface WeightNode {
  readonly kind: 'weight';
  readonly type: TensorType;
  readonly external: External;
}
export interface OpNode {
  readonly kind: 'op';
  readonly op: string;
  readonly attrs: Attrs;
  readonly inputs: readonly GraphTensor[];
  readonly outputs: readonly TensorType[];
}

/** Attributes in the form of TensorFlow's AttrValue message. */
export type Attrs = Readonly<Record<string, AttrValue>>;
export type AttrValue =
  | {readonly s: Uint8Array}
  | {readonly i: number}
  | {readonly f: number}
  | {readonly b: boolean}
  | {readonly type: number}
  | {
      readonly list: {
        readonly s?: Uint8Array[];
        readonly i?: number[];
        readonly f?: number[];
        readonly b?: boolean[];
        readonly type?: number[];
      };
    };

export function typeOf({node, index}: GraphTensor): TensorType {
  if (node.kind !== 'op') return node.type;
  const type = node.outputs[index];
  if (type === undefined) throw new RangeError(`The op ${node.op} has no output ${index}.`);
  return type;
}

/** The first output of a node as a tensor. */
export function output(node: GraphNode, index = 0): GraphTensor {
  return {node, index};
}

export function int32(values: readonly number[], shape: readonly number[] = [values.length]): GraphTensor {
  return output({kind: 'const', type: {dtype: DTYPES.int32, shape}, values: Int32Array.from(values)});
}

export function op(
  name: string,
  attrs: Attrs,
  inputs: readonly GraphTensor[],
  ...outputs: readonly TensorType[]
): GraphTensor {
  return output({kind: 'op', op: name, attrs, inputs, outputs});
}

/** Ops whose result is not a function of their inputs. */
export const RANDOM_OPS = /^(Multinomial|Random|StatelessRandom|ParameterizedTruncatedNormal|TruncatedNormal)/;

/** Every node that the outputs need, each after those that it needs itself; the order is the same for the same graph. */
export function sorted(outputs: readonly GraphTensor[]): GraphNode[] {
  const order: GraphNode[] = [];
  const state = new Map<GraphNode, 'entered' | 'done'>();
  const stack: GraphNode[] = outputs.map(({node}) => node).reverse();
  while (stack.length > 0) {
    const node = stack[stack.length - 1] as GraphNode;
    const seen = state.get(node);
    if (seen === undefined) {
      state.set(node, 'entered');
      if (node.kind === 'op')
        for (const input of [...node.inputs].reverse()) if (!state.has(input.node)) stack.push(input.node);
      continue;
    }
    stack.pop();
    if (seen === 'entered') {
      state.set(node, 'done');
      order.push(node);
    }
  }
  return order;
}
