import type {layers, LayersModel, SymbolicTensor, Tensor, Variable} from '@tensorflow/tfjs-node';
import {capture, type InputSpecs} from '../capture/index.js';
import {tf} from '../native/index.js';
import {nameGraphs} from '../saved-model/graph-def.js';
import {encode, shapeProto} from '../saved-model/messages.js';

/** A batch that gradients and activations are looked at with. */
export interface Sample {
  readonly x: Tensor | Tensor[];
  readonly y: Tensor | Tensor[];
}

type LossFunction = (target: Tensor, output: Tensor) => Tensor;

/** The values of every weight, by the name that its histogram has. */
export function weightsOf(model: LayersModel): Map<string, Float32Array> {
  return new Map(model.weights.map(weight => [weight.originalName, weight.read().dataSync() as Float32Array]));
}

/** The gradient of the model's loss on a sample for every trainable weight; layers are as they are when predicting. */
export function gradientsOf(model: LayersModel, {x, y}: Sample): Map<string, Float32Array> {
  return scoped(() => {
    const {lossFunctions} = model as unknown as {lossFunctions: readonly LossFunction[]};
    const targets = [y].flat();
    const weights = model.trainableWeights;
    const loss = () => {
      const outputs = [model.apply(x) as Tensor | Tensor[]].flat();
      const losses = lossFunctions.map((lossOf, i) => lossOf(targets[i] as Tensor, outputs[i] as Tensor).mean());
      return tf.addN(losses).asScalar();
    };
    const {grads} = tf.variableGrads(
      loss,
      weights.map(weight => weight.read() as Variable),
    );
    return new Map(
      weights.flatMap(weight => {
        const gradient = grads[(weight.read() as Variable).name];
        return gradient ? [[weight.originalName, gradient.dataSync() as Float32Array] as const] : [];
      }),
    );
  });
}

/** A use of a layer in a model of tfjs (its Node): a layer that is shared has several. */
interface Use {
  readonly outboundLayer: layers.Layer;
  readonly outputTensors: readonly SymbolicTensor[];
}

/** What every layer gives for a sample; a shared one, in each place where it stands: "name", "name_1"... */
export function activationsOf(model: LayersModel, {x}: Sample): Map<string, Float32Array> {
  // A tf.Sequential has its graph in a model within.
  const {nodesByDepth} = ((model as {model?: LayersModel}).model ?? model) as unknown as {
    readonly nodesByDepth: Readonly<Record<string, readonly Use[]>>;
  };
  const outputs = new Map<string, SymbolicTensor>();
  const times = new Map<string, number>();
  for (const {outboundLayer: layer, outputTensors} of Object.values(nodesByDepth).reverse().flat()) {
    if (layer.getClassName() === 'InputLayer') continue;
    const before = times.get(layer.name) ?? 0;
    times.set(layer.name, before + 1);
    outputs.set(before === 0 ? layer.name : `${layer.name}_${before}`, outputTensors[0] as SymbolicTensor);
  }
  return scoped(() => {
    const whole = tf.model({inputs: model.inputs, outputs: [...outputs.values()]});
    const all = [whole.predict(x) as Tensor | Tensor[]].flat();
    return new Map([...outputs.keys()].map((name, i) => [name, all[i]?.dataSync() as Float32Array]));
  });
}

/** The model's prediction as a serialized GraphDef, its weights as placeholders. @throws CaptureError when there is none. */
export function graphOf(model: LayersModel): Uint8Array {
  const specs: InputSpecs = Object.fromEntries(
    model.inputs.map(({shape, dtype}, i) => [model.inputNames[i] as string, {shape, dtype: dtype as 'float32'}]),
  );
  const captured = capture(
    (...inputs: Tensor[]) => model.predict(inputs.length === 1 ? (inputs[0] as Tensor) : inputs),
    specs,
  );
  try {
    const names = new Map(model.weights.map(weight => [weight.read().dataId, weight.originalName]));
    const {nodes} = nameGraphs({[model.name]: captured.graph}, ({type, external}, taken) => {
      const name = taken.take(names.get(external.dataId) ?? 'constant');
      const node = {name, op: 'Placeholder', attr: {dtype: {type: type.dtype}, shape: {shape: shapeProto(type.shape)}}};
      return {nodes: [node], tensor: name};
    });
    return encode('GraphDef', {node: nodes, versions: {producer: 1087}});
  } finally {
    captured.dispose();
  }
}

/** tf.tidy for what is no tensor. */
function scoped<T>(fn: () => T): T {
  tf.engine().startScope();
  try {
    return fn();
  } finally {
    tf.engine().endScope();
  }
}
