import type {Tensor} from '@tensorflow/tfjs-node';
import {isDeepStrictEqual} from 'node:util';
import {graphAttributes} from '../graph/attributes.js';
import type {Binding} from '../recording/backend.js';
import {mergeConstants, sameNumbers} from './constants.js';
import {at, CaptureError} from '../recording/errors.js';
import {
  int32,
  output,
  RANDOM_OPS,
  type GraphNode,
  type GraphTensor,
  type OpNode,
  type TensorType,
  type WeightNode,
} from '../graph/graph.js';
import type {External, HostConstant, NodeOutput, RecordedNode, Recording, Value} from '../recording/record.js';
import {neighbourSizes} from './neighbour-sizes.js';
import {Sizes} from './sizes.js';
import type {Trials, UnknownSize} from './unknown-sizes.js';

export interface Aligned {
  readonly outputs: Readonly<Record<string, GraphTensor>>;
  /** What the first recording has in the place of an op of the graph. */
  readonly recorded: ReadonlyMap<OpNode, RecordedNode>;
}

/**
 * One graph from the recordings of one function at several sizes, whatever the sizes are.
 * @param inputs the tensor of the graph for each named input
 * @param retrace asked for an error only
 * @throws CaptureError when the recordings differ in more than what sizes explain
 */
export function align(
  recordings: readonly Recording<Readonly<Record<string, Tensor>>>[],
  inputs: Readonly<Record<string, GraphTensor>>,
  unknowns: readonly UnknownSize[],
  trials: Trials,
  binding: Binding,
  retrace?: Retrace,
): Aligned {
  return new Alignment(recordings, inputs, unknowns, trials, binding, retrace).run();
}

/** The call stack of an op of a recording that was made without them, by the numbers of both. */
export type Retrace = (recording: number, node: number) => string | undefined;

const NO_DRAWS =
  'A served function must give the same answer to the same question: draw with a seed, or leave the layer out ' +
  '(dropout and noise do nothing in model.predict).';

class Alignment {
  private readonly nodes = new Map<RecordedNode, OpNode>();
  private readonly recorded = new Map<OpNode, RecordedNode>();
  private readonly positions: Map<RecordedNode, number>[];
  private readonly weights = new Map<object, WeightNode>();
  private readonly constants = new Map<HostConstant, GraphTensor>();
  private readonly sizes: Sizes;

  constructor(
    private readonly recordings: readonly Recording<Readonly<Record<string, Tensor>>>[],
    private readonly inputs: Readonly<Record<string, GraphTensor>>,
    private readonly unknowns: readonly UnknownSize[],
    private readonly trials: Trials,
    private readonly binding: Binding,
    private readonly retrace: Retrace = () => undefined,
  ) {
    this.positions = recordings.map(({nodes}) => new Map(nodes.map((node, i) => [node, i])));
    this.sizes = new Sizes(unknowns, inputs);
  }

  run(): Aligned {
    const [first] = this.recordings as [Recording<Readonly<Record<string, Tensor>>>];
    first.nodes.forEach((node, i) => this.convert(node, i));
    for (const [r, {nodes}] of this.recordings.entries()) {
      if (nodes.length > first.nodes.length) throw this.moreOps(r, first.nodes.length);
    }
    const outputs: Record<string, GraphTensor> = {};
    for (const name of Object.keys(first.result)) {
      const values = this.recordings.map(recording => recording.valueOf(recording.result[name] as Tensor));
      outputs[name] = this.tensor(values, [], () => `the output "${name}"`);
    }
    return {outputs, recorded: this.recorded};
  }

  private convert(node: RecordedNode, i: number): void {
    const peers = this.recordings.map(({nodes}, r) => {
      const peer = nodes[i];
      if (
        peer?.op !== node.op ||
        peer.inputs.length !== node.inputs.length ||
        peer.outputs.length !== node.outputs.length
      ) {
        throw this.otherOps(r, node, peer);
      }
      if (!isDeepStrictEqual(peer.attrs, node.attrs)) throw this.otherAttributes(r, node, peer);
      return peer;
    });
    if (RANDOM_OPS.test(node.op)) {
      throw new CaptureError(`The op ${node.op}${at(node.trace?.stack)} draws random numbers. ${NO_DRAWS}`);
    }
    const what = () => `the op ${node.op}${at(node.trace?.stack)}`;
    const inputs = node.inputs.map((_, k) => {
      const values = peers.map(peer => peer.inputs[k] as Value);
      return this.freeSize(node.op, k, peers) ?? this.tensor(values, peers, what);
    });
    const converted: OpNode = {
      kind: 'op',
      op: node.op,
      attrs: graphAttributes(
        node.op,
        node.attrs,
        node.inputs.map(({dtype}) => dtype),
        this.binding,
      ),
      inputs,
      outputs: node.outputs.map((_, k) => mergeTypes(peers.map(peer => peer.outputs[k] as NodeOutput))),
    };
    this.nodes.set(node, converted);
    this.recorded.set(converted, node);
  }

  /** Reshape and Slice know a word for "the rest": where only one size is unknown, nothing need be computed for it. */
  private freeSize(op: string, k: number, peers: readonly RecordedNode[]): GraphTensor | undefined {
    if (!(op === 'Reshape' && k === 1) && !(op === 'Slice' && k === 2)) return undefined;
    const wanted = peers.map(peer => peer.inputs[k] as Value);
    if (!wanted.every(value => value.kind === 'constant')) return undefined;
    const rows = wanted.map(value => Array.from(value.values as Int32Array));
    if (rows.some(row => row.length !== rows[0]?.length)) return undefined;
    const sizes = (rows[0] as number[]).map((size, axis) => (rows.every(row => row[axis] === size) ? size : -1));
    if (op === 'Slice') {
      const begins = peers.map(peer => peer.inputs[1] as Value);
      const reachesEnd = sizes.every(
        (size, axis) =>
          size !== -1 ||
          begins.every(
            (begin, r) =>
              begin.kind === 'constant' &&
              (begin.values[axis] as number) + (rows[r]?.[axis] as number) === peers[r]?.inputs[0]?.shape[axis],
          ),
      );
      return reachesEnd ? int32(sizes) : undefined;
    }
    const unknown = sizes.filter(size => size === -1).length;
    return unknown === 1 && !sizes.includes(0) ? int32(sizes) : undefined;
  }

  /** What stands in one place of all recordings, as a tensor of the graph. `what` says for an error who uses it. */
  private tensor(values: readonly Value[], consumers: readonly RecordedNode[], what: () => string): GraphTensor {
    const [first] = values as [Value];
    if (values.some(value => value.kind !== first.kind)) throw this.otherSource(what);
    switch (first.kind) {
      case 'input':
        if (values.some(value => (value as typeof first).name !== first.name)) throw this.otherSource(what);
        return this.inputs[first.name] as GraphTensor;
      case 'node': {
        const position = this.positions[0]?.get(first.node);
        const same = values.every((value, r) => {
          const {node, index} = value as NodeOutput;
          return index === first.index && this.positions[r]?.get(node) === position;
        });
        if (!same) throw this.otherSource(what);
        return output(this.nodes.get(first.node) as GraphNode, first.index);
      }
      case 'external':
        if (values.some(value => (value as External).dataId !== first.dataId)) throw this.otherSource(what);
        return output(this.weight(first));
      case 'constant':
        return this.constant(values as HostConstant[], consumers, what);
    }
  }

  private weight(external: External): WeightNode {
    let node = this.weights.get(external.dataId);
    if (node === undefined) {
      node = {kind: 'weight', external, type: {dtype: external.dtype, shape: external.shape}};
      this.weights.set(external.dataId, node);
    }
    return node;
  }

  private constant(
    constants: readonly HostConstant[],
    consumers: readonly RecordedNode[],
    what: () => string,
  ): GraphTensor {
    const [first] = constants as [HostConstant];
    let merged = this.constants.get(first);
    if (merged !== undefined) return merged;
    if (constants.some(({drawn}) => drawn)) {
      throw new CaptureError(`Random numbers are drawn${at(first.stack)} and used by ${what()}. ${NO_DRAWS}`);
    }
    merged = mergeConstants(constants, this.trials, this.sizes) ?? this.fromNeighbours(constants, consumers, what);
    if (merged === undefined) throw this.unexplained(constants, what);
    this.constants.set(first, merged);
    return merged;
  }

  private fromNeighbours(
    constants: readonly HostConstant[],
    consumers: readonly RecordedNode[],
    what: () => string,
  ): GraphTensor | undefined {
    const operand = (k: number) =>
      this.tensor(
        consumers.map(({inputs}) => inputs[k] as Value),
        [],
        what,
      );
    return neighbourSizes(constants, consumers, operand, this.trials, this.sizes);
  }

  private unexplained(constants: readonly HostConstant[], what: () => string): CaptureError {
    const [first] = constants as [HostConstant];
    const shown = [...new Set(constants.map(show))].join(' then ');
    if (this.unknowns.length === 0) {
      return new CaptureError(
        `A value made in JavaScript${at(first.stack)}, used by ${what()}, changes from call to call: ${shown}.`,
      );
    }
    return new CaptureError(
      `A value made in JavaScript${at(first.stack)}, used by ${what()}, is no whole multiple and sum of the unknown ` +
        `${this.unknowns.map(({name}) => name).join(', ')}: ${shown}. Give that size a number, or compute the value with tensor ops.`,
    );
  }

  private otherOps(r: number, node: RecordedNode, peer?: RecordedNode): CaptureError {
    const count = ({inputs, outputs}: RecordedNode) => `${inputs.length} inputs and ${outputs.length} outputs`;
    const instead = peer === undefined ? 'nothing' : peer.op === node.op ? `one of ${count(peer)}` : peer.op;
    const place = peer?.op === node.op ? `${node.op} (${count(node)})` : node.op;
    return new CaptureError(
      `The function executes other ops ${this.when(r)}: ${instead} in the place of ${place}${at(node.trace?.stack)}. ` +
        'A graph has the same ops for every input: give the size that a loop or branch depends on a number, or use tensor ops.',
    );
  }

  private moreOps(r: number, i: number): CaptureError {
    const {op, trace} = this.recordings[r]?.nodes[i] as RecordedNode;
    return new CaptureError(
      `The function executes more ops ${this.when(r)}: it goes on with ${op}${at(trace?.stack ?? this.retrace(r, i))}. ` +
        'A graph has the same ops for every input: give the size that a loop or branch depends on a number, or use tensor ops.',
    );
  }

  private otherAttributes(r: number, node: RecordedNode, peer: RecordedNode): CaptureError {
    const k = node.attrs.findIndex((attr, i) => !isDeepStrictEqual(attr, peer.attrs[i]));
    const name = node.attrs[k]?.name ?? '';
    const values = [node, peer].map(({attrs}) => JSON.stringify(attrs[k]?.value));
    return new CaptureError(
      `The op ${node.op}${at(node.trace?.stack)} has another "${name}" ${this.when(r)}: ${values[1]} in the place of ` +
        `${values[0]}. An op of a graph has it fixed: give that size a number, or use an op that works for any size (tf.mean, tf.max).`,
    );
  }

  private otherSource(what: () => string): CaptureError {
    return new CaptureError(
      `What ${what()} uses changes from call to call. The function must do the same at each call and make its variables at ` +
        'the first. A stateful layer goes on where the call before ended: call model.resetStates() within the function.',
    );
  }

  /** In which recording something differs, as a person would say it. */
  private when(r: number): string {
    if (this.unknowns.length === 0) return 'when it is called again';
    const sizes = this.trials.sizes[r] ?? [];
    const others = this.unknowns.flatMap(({name}, i) =>
      sizes[i] === this.trials.sizes[0]?.[i] ? [] : `${name} is ${sizes[i]} instead of ${this.trials.sizes[0]?.[i]}`,
    );
    return others.length === 0 ? 'when it is called again' : `when ${others.join(' and ')}`;
  }
}

function mergeTypes(values: readonly NodeOutput[]): TensorType {
  const [first] = values as [NodeOutput];
  if (values.every(({shape}) => sameNumbers(shape, first.shape))) return {dtype: first.dtype, shape: first.shape};
  return {
    dtype: first.dtype,
    shape: first.shape.map((size, axis) => (values.every(({shape}) => shape[axis] === size) ? size : null)),
  };
}

function show({shape, values}: HostConstant): string {
  const few = Array.from(values as Float32Array).slice(0, 4);
  return `[${few.join(', ')}${values.length > few.length ? ', ...' : ''}] of shape [${shape.join(', ')}]`;
}
