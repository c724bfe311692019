import type {Tensor} from '@tensorflow/tfjs-node';
import {replaceGradients} from '../recording/gradients.js';
import {tf} from '../native/index.js';
import {CompiledFunction} from './compiled.js';
import {CompileError} from './error.js';
import type {CompileOptions} from './install.js';

/** What a step may return: nothing (`null` too, as `optimizer.minimize` does), a tensor, several in order, or several by name. */
export type StepOutputs = Tensor | readonly Tensor[] | Readonly<Record<string, Tensor>> | null | undefined | void;

/** A function of tensors that runs as a graph. */
export interface CompiledStep<Inputs extends readonly Tensor[], Outputs extends StepOutputs> {
  (...inputs: Inputs): Outputs;
  /** Why it runs op by op; undefined as long as it runs as a graph. */
  readonly refused: string | undefined;
  /** Frees the graphs. */
  dispose(): Promise<void>;
}

/**
 * Runs a function of tensors as a graph; it may update variables and call optimizers. The first call with new shapes runs
 * op by op, the second records, and from then on TensorFlow runs the whole function at once. What the function computes
 * in JavaScript is fixed by the recording, but for learning rates and random numbers, which are new in every call.
 *
 * ```ts
 * const step = compile.step((x, y) => optimizer.minimize(() => loss(model.apply(x), y), true));
 * const loss = step(x, y);
 * ```
 */
export function step<Inputs extends readonly Tensor[], Outputs extends StepOutputs>(
  fn: (...inputs: Inputs) => Outputs,
  options: CompileOptions = {},
): CompiledStep<Inputs, Outputs> {
  replaceGradients();
  let shape: (tensors: readonly Tensor[]) => StepOutputs = () => undefined;
  const flat = (inputs: Tensor[]) => {
    const outputs = fn(...(inputs as unknown as Inputs));
    const described = describe(outputs);
    ({shape} = described);
    return described.tensors;
  };
  const name = fn.name === '' ? 'The step' : `The step ${fn.name}`;
  const compiled = new CompiledFunction(flat, {name, warn: options.warn});
  const call = (...inputs: Inputs) => {
    const wrong = inputs.findIndex(input => !(input instanceof tf.Tensor));
    if (wrong !== -1)
      throw new TypeError(`Argument ${wrong} of a compiled step is no tensor: ${String(inputs[wrong])}`);
    const tensors = compiled.call([...inputs]);
    return shape(tensors) as Outputs;
  };
  return Object.defineProperties(call, {
    refused: {get: () => compiled.refused},
    dispose: {value: () => compiled.dispose()},
  }) as unknown as CompiledStep<Inputs, Outputs>;
}

function describe(outputs: StepOutputs): {
  tensors: readonly Tensor[];
  shape: (tensors: readonly Tensor[]) => StepOutputs;
} {
  if (outputs === undefined || outputs === null) return {tensors: [], shape: () => outputs};
  if (outputs instanceof tf.Tensor) return {tensors: [outputs], shape: ([tensor]) => tensor as Tensor};
  if (outputs instanceof Promise) throw new CompileError('it is asynchronous: return tensors, and do not await any');
  if (Array.isArray(outputs)) return {tensors: outputs as Tensor[], shape: tensors => [...tensors]};
  const names = Object.keys(outputs);
  return {
    tensors: Object.values(outputs as Record<string, Tensor>),
    shape: tensors => Object.fromEntries(tensors.map((tensor, i) => [names[i] as string, tensor])),
  };
}
