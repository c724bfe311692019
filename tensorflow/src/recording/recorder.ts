import type {Tensor} from '@tensorflow/tfjs-node';
import {tf} from '../native/index.js';
import type {Binding, HostValues, NodeBackend, OpAttr, TensorMetadata} from './backend.js';
import {at, CaptureError} from './errors.js';
import type {Seams} from './interpose.js';
import type {External, NodeOutput, RecordedNode, Recording, RecordOptions, Value} from './recording.js';
import {constant, describe, elements, type Origin} from './values.js';
import {pretendedSize, resized, valueSizedAxis, valueSizedOutputs} from './value-sizes.js';

type Trace = NonNullable<RecordedNode['trace']>;

/** The call stack, which is formatted when it is read. */
function here(): Trace {
  const holder = {};
  Error.captureStackTrace(holder, here);
  return holder;
}

/** Bookkeeping of one recording: which native tensor id is which value. */
export class Recorder implements Seams {
  private readonly nodes: RecordedNode[] = [];
  private readonly values = new Map<number, Value>();
  /** Of the tensors that are still alive. */
  private readonly ids = new Map<Value, number>();
  private readonly externals = new Map<object, External>();
  private readonly written = new Map<object, Origin>();
  private readonly kept = new Map<Value, number>();
  private readonly held: Tensor[] = [];
  private readonly binding: Binding;
  /** Ids from `createTensor` for which no tensor has been seen yet. */
  private readonly unattributed = new Set<number>();
  /** Why the function cannot be recorded, from the first place where it was told so. */
  refusal: CaptureError | undefined;
  private valueSized = 0;
  private checking = 0;
  private drawing = false;

  constructor(
    private readonly backend: NodeBackend,
    private readonly options: RecordOptions,
  ) {
    this.binding = backend.binding;
  }

  checks(change: 1 | -1): void {
    this.checking += change;
  }

  draws(): void {
    this.drawing = true;
  }

  finish<T>(result: T): Recording<T> {
    return {
      result,
      nodes: this.nodes,
      externals: [...this.externals.values()],
      valueOf: tensor => this.valueOf(tensor),
      read: value => this.read(value),
      release: () => this.release(),
      handOver: () => this.handOver(),
    };
  }

  release(): void {
    for (const id of this.kept.values()) this.binding.deleteTensor(id);
    this.kept.clear();
    for (const tensor of this.held.splice(0)) tensor.dispose();
  }

  private handOver(): () => void {
    const held = this.held.splice(0);
    this.release();
    return () => {
      for (const tensor of held.splice(0)) tensor.dispose();
    };
  }

  private trace(): Trace | undefined {
    return this.options.stacks === false ? undefined : here();
  }

  private prototype(): NodeBackend {
    return Object.getPrototypeOf(this.backend) as NodeBackend;
  }

  write(values: HostValues, shape: number[], dtype: string): object {
    const dataId = this.prototype().write.call(this.backend, values, shape, dtype);
    const origin: Origin = this.drawing ? here() : (this.trace() ?? {});
    origin.drawn = this.drawing;
    origin.draw = this.options.draw?.();
    this.drawing = false;
    this.written.set(dataId, origin);
    return dataId;
  }

  createTensor(shape: number[], dtype: number, values: HostValues): number {
    const id = this.binding.createTensor(shape, dtype, values);
    this.learn(id, constant(shape, dtype, values, undefined));
    this.unattributed.add(id);
    return id;
  }

  deleteTensor(id: number): void {
    const value = this.values.get(id);
    const {keep} = this.options;
    if (keep !== undefined && value?.kind === 'node' && !value.varies && elements(value) <= keep) {
      this.kept.set(value, id);
    } else {
      if (value !== undefined) this.ids.delete(value);
      this.binding.deleteTensor(id);
    }
  }

  getInputTensorIds(tensors: readonly Tensor[]): number[] {
    const ids = this.prototype().getInputTensorIds.call(this.backend, tensors);
    tensors.forEach((tensor, i) => this.identify(ids[i] as number, tensor));
    return ids;
  }

  /** Tells what the tensor behind a native id is, when it is seen for the first time. */
  private identify(id: number, tensor: Tensor): Value | undefined {
    const {dataId} = tensor as {dataId?: object}; // None for tfjs-node's Int64Scalar: createTensor has seen it.
    const known = this.values.get(id);
    if (dataId === undefined || (known !== undefined && !this.unattributed.delete(id))) return known;
    const origin = this.written.get(dataId);
    if (known?.kind === 'constant' && origin !== undefined) {
      return this.learn(id, constant(known.shape, known.dtype, known.values, origin));
    }
    return this.learn(id, this.outside(tensor, dataId));
  }

  /** A tensor that was there before: a named input or an external. */
  private outside(tensor: Tensor, dataId: object): Value {
    const entry = this.backend.tensorMap.get(dataId);
    if (entry === undefined) throw new CaptureError(`A disposed tensor is used${at(here().stack)}.`);
    for (const [name, input] of Object.entries(this.options.inputs ?? {})) {
      if (input.dataId === dataId) {
        return {kind: 'input', name, dtype: entry.dtype, shape: [...entry.shape], varies: true};
      }
    }
    let external = this.externals.get(dataId);
    if (external === undefined) {
      const varies = this.options.externalsVary === true;
      const held = this.options.keep !== undefined ? this.hold(tensor) : tensor;
      const name = tensor instanceof tf.Variable ? tensor.name : undefined;
      external = {kind: 'external', dataId, tensor: held, name, dtype: entry.dtype, shape: [...entry.shape], varies};
      this.externals.set(dataId, external);
    }
    return external;
  }

  /** Another tensor on the same data, so that the data stays when the user's tensor is disposed or assigned to. */
  private hold({dataId, shape, dtype}: Tensor): Tensor {
    this.backend.incRef(dataId);
    const alias = tf.keep(tf.engine().makeTensorFromTensorInfo({dataId, shape, dtype}));
    this.held.push(alias);
    return alias;
  }

  private learn<V extends Value>(id: number, value: V): V {
    this.values.set(id, value);
    this.ids.set(value, id);
    return value;
  }

  executeOp(op: string, attrs: readonly OpAttr[], inputIds: readonly number[], count: number) {
    const inputs = inputIds.map(id => {
      const value = this.values.get(id);
      if (value === undefined) throw new CaptureError(`The op ${op} uses a tensor of unknown origin (id ${id}).`);
      return value;
    });
    const varies = inputs.some(input => input.varies);
    const trace = this.trace();
    const metadata = this.binding.executeOp(op, attrs, inputIds, count);
    this.pretendSizes(op, inputs, metadata, valueSizedOutputs(op, attrs, varies), trace);
    const outputs: NodeOutput[] = [];
    const node: RecordedNode = {op, attrs, inputs, outputs, trace};
    metadata.forEach(({id, dtype, shape}, index) => {
      outputs.push(this.learn(id, {kind: 'node', node, index, dtype, shape: [...shape], varies}));
    });
    this.nodes.push(node);
    return metadata;
  }

  private pretendSizes(
    op: string,
    inputs: readonly Value[],
    metadata: TensorMetadata[],
    sized: readonly number[],
    trace = here(),
  ): void {
    if (sized.length === 0) return;
    const {trial} = this.options;
    if (trial === undefined) {
      throw this.refuse(
        `The op ${op}${at(trace.stack)} makes as many values as its input happens to hold, and what follows has that ` +
          'size fixed. Use an op whose result always has one size (a mask and tf.where, tf.topk, nonMaxSuppressionPadded).',
      );
    }
    const size = pretendedSize(trial, this.valueSized++);
    for (const k of sized) {
      metadata[k] = resized(this.binding, metadata[k] as TensorMetadata, valueSizedAxis(op, inputs), size);
    }
  }

  private refuse(message: string): CaptureError {
    return (this.refusal ??= new CaptureError(message));
  }

  readSync(dataId: object): HostValues {
    if (this.checking === 0) {
      const value = this.seen(dataId);
      if (value?.varies) {
        const source = value.kind === 'node' ? `the output of the op ${value.node.op}` : describe(value);
        throw this.refuse(
          `The function reads the values of a tensor (${source})${at(here().stack)}. ` +
            'What it does then cannot depend on the input of a graph: express it with tensor ops such as tf.where.',
        );
      }
    }
    return this.prototype().readSync.call(this.backend, dataId);
  }

  /** What is behind a tensor's data, if the recording knows it already. */
  private seen(dataId: object): Value | undefined {
    const entry = this.backend.tensorMap.get(dataId);
    const input = Object.values(this.options.inputs ?? {}).find(input => input.dataId === dataId);
    if (entry !== undefined && input !== undefined) return this.outside(input, dataId);
    return entry === undefined || entry.values !== null ? this.externals.get(dataId) : this.values.get(entry.id);
  }

  private valueOf(tensor: Tensor): Value {
    const {dataId} = tensor as {dataId: object};
    const entry = this.backend.tensorMap.get(dataId);
    if (entry === undefined) throw new CaptureError('The tensor asked for is disposed.');
    if (entry.values !== null && this.written.has(dataId)) {
      return constant(entry.shape, entry.dtype, entry.values, this.written.get(dataId));
    }
    const value = entry.values === null ? this.values.get(entry.id) : undefined;
    return value ?? this.outside(tensor, dataId);
  }

  private read(value: Value): HostValues {
    if (value.kind === 'constant') return value.values;
    if (value.kind === 'external') return this.prototype().readSync.call(this.backend, value.dataId);
    const id = this.kept.get(value) ?? this.ids.get(value);
    if (id === undefined) throw new CaptureError(`No values are kept for ${describe(value)}.`);
    return this.binding.tensorDataSync(id);
  }
}
