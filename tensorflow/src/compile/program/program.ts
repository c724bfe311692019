import type {Tensor} from '@tensorflow/tfjs-node';
import {nodeBackend, type HostValues} from '../../recording/backend.js';
import {dtypeName} from '../../capture/capture.js';
import {sorted, typeOf, type InputNode} from '../../graph/graph.js';
import {deviceInUse, tf} from '../../native/index.js';
import {nameGraphs} from '../../saved-model/graph-def.js';
import {encode} from '../../saved-model/messages.js';
import {
  createGraphSession,
  type GraphSession,
  type HostTensor,
  type NativeTensor,
  type Step,
} from '../../session/index.js';
import type {OptimizerState} from './learning-rate.js';
import {Pooling} from './pooling.js';
import {hostTensor, VariableState} from './state.js';
import type {Trace} from '../trace/trace.js';

/** TensorFlow 2.9's version of GraphDef. */
const GRAPH_VERSION = {producer: 1087, min_consumer: 0};

/** A traced function in a session of its own, for inputs of one shape. */
export class Program {
  private readonly session: GraphSession;
  private readonly step: Step;
  private readonly states: readonly VariableState[];
  private readonly updated: readonly VariableState[];
  private readonly results: readonly {dtype: Tensor['dtype']; shape: number[]}[];
  /** Which of the inputs the graph uses at all. */
  private readonly used: readonly number[];
  private readonly rates: readonly OptimizerState[];
  private readonly usesStep: boolean;
  private readonly pooling = new Pooling();
  private steps = 0;

  /** @throws TensorFlowError when TensorFlow does not take the graph. */
  constructor(
    trace: Trace,
    private readonly optimizers: readonly OptimizerState[],
  ) {
    const {inputs, learningRates, step, stateInputs, variables, results, updates} = trace;
    const outputs = Object.fromEntries([
      ...results.map((tensor, i) => [`result_${i}`, tensor] as const),
      ...updates.map(({value}, i) => [`update_${i}`, value] as const),
    ]);
    const needed = new Set(sorted(Object.values(outputs)));
    const isNeeded = (node: InputNode) => needed.has(node);
    this.used = inputs.flatMap((node, i) => (isNeeded(node) ? [i] : []));
    this.rates = optimizers.filter((_, i) => isNeeded(learningRates[i] as InputNode));
    this.usesStep = isNeeded(step);
    const fed = [...inputs, ...learningRates, step, ...stateInputs].filter(isNeeded);
    this.states = variables.flatMap((variable, i) =>
      isNeeded(stateInputs[i] as InputNode) ? [VariableState.of(variable)] : [],
    );
    this.updated = updates.map(({variable}) => VariableState.of(variable));
    this.results = results.map(tensor => {
      const {dtype, shape} = typeOf(tensor);
      return {dtype: dtypeName(dtype) as Tensor['dtype'], shape: shape as number[]};
    });
    const graph = {inputs: Object.fromEntries(fed.map(node => [node.name, node])), outputs};
    const {nodes, signatures} = nameGraphs({step: graph}, () => {
      throw new Error('Weights of a step are its state.');
    });
    const {inputs: names, outputs: given} = signatures['step'] as (typeof signatures)[string];
    // For a GPU, TensorFlow lays images out anew. On a CPU its rewriting gains nothing here that the trace has not done.
    const exact = deviceInUse().kind === 'cpu';
    this.session = createGraphSession(encode('GraphDef', {node: nodes, versions: GRAPH_VERSION}), {exact});
    this.step = this.session.prepare({
      feeds: fed.map(node => names[node.name]?.name as string),
      fetches: results.map((_, i) => given[`result_${i}`]?.name as string),
      keep: updates.map((_, i) => given[`update_${i}`]?.name as string),
    });
  }

  /** One step: new tensors, and the variables advanced. @throws TensorFlowError; nothing has changed then. */
  run(inputs: readonly Tensor[]): Tensor[] {
    const feeds: (HostTensor | NativeTensor)[] = this.used.map(i => hostTensor(inputs[i] as Tensor));
    for (const {learningRate} of this.rates) feeds.push(scalar('float32', Float32Array.of(learningRate)));
    if (this.usesStep) feeds.push(scalar('int32', Int32Array.of(++this.steps)));
    for (const state of this.states) feeds.push(state.feed());
    const {fetched, kept} = this.pooling.run(pooled => this.step.runSync(feeds, pooled));
    this.updated.forEach((state, i) => state.advance(kept[i] as NativeTensor));
    for (const optimizer of this.optimizers) optimizer.count();
    return fetched.map((tensor, i) => this.tensor(tensor, i));
  }

  dispose(): Promise<void> {
    return this.session.dispose();
  }

  private tensor({data}: HostTensor, i: number): Tensor {
    const {dtype, shape} = this.results[i] as (typeof this.results)[number];
    if (dtype === 'complex64') return complex(data as Float32Array, shape);
    const dataId = nodeBackend().write(data as HostValues, shape, dtype);
    return tf.engine().makeTensorFromTensorInfo({dataId, shape, dtype});
  }
}

/** @param pairs real and imaginary parts in turns. tfjs-node's binding takes no such array. */
function complex(pairs: Float32Array, shape: number[]): Tensor {
  return tf.tidy(() => {
    const [real, imaginary] = tf.unstack(tf.tensor2d(pairs, [pairs.length / 2, 2]), 1) as [Tensor, Tensor];
    return tf.complex(real.reshape(shape), imaginary.reshape(shape));
  });
}

function scalar(dtype: 'float32' | 'int32', data: Float32Array | Int32Array): HostTensor {
  return {dtype, shape: [], data};
}
