import type {CustomCallbackArgs, LayersModel, Tensor} from '@tensorflow/tfjs-node';
import {replaceGradients} from '../recording/gradients.js';
import {tf} from '../native/index.js';
import {interruptible} from './interrupt.js';
import {cutting} from './rows.js';
import {CompiledModel, type ModelFacts, type TensorsFunction} from './model.js';

/** The methods of tfjs's LayersModel that all training, evaluation and prediction goes through. */
interface Seams extends ModelFacts {
  testFunction: TensorsFunction;
  makeTrainFunction(): TensorsFunction;
  makeTestFunction(): void;
  predictLoop(inputs: Tensor | Tensor[], batchSize?: number, verbose?: boolean): Tensor | Tensor[];
  fitLoop(fn: TensorsFunction, data: (Tensor | null)[], ...rest: unknown[]): Promise<unknown>;
  testLoop(fn: TensorsFunction, data: (Tensor | null)[], ...rest: unknown[]): Tensor[];
  standardizeUserData(x: unknown, y: unknown, sampleWeight: unknown, ...rest: unknown[]): Promise<StandardData>;
  compile(args: unknown): void;
  fit(x: unknown, y: unknown, args?: FitArgs): Promise<unknown>;
  fitDataset(dataset: unknown, args: FitArgs): Promise<unknown>;
}

type StandardData = [x: Tensor[], y: Tensor[], weights: Tensor[] | null];

interface FitArgs {
  readonly callbacks?: unknown;
  readonly yieldEvery?: 'auto' | 'batch' | 'epoch' | 'never' | number;
}

export interface CompileOptions {
  /** Gets one line when something cannot run as a graph. `console.warn` by default. */
  readonly warn?: (message: string) => void;
}

const models = new WeakMap<object, CompiledModel>();
const choices = new WeakMap<object, CompileOptions | 'eager'>();
let everyModel: CompileOptions | undefined;
let patched = false;

/** From now on this model runs as graphs. */
export function choose(model: LayersModel, options: CompileOptions): void {
  patch();
  setChoice(model, options);
}

/** From now on this model runs op by op. */
export function refuse(model: LayersModel): void {
  setChoice(model, 'eager');
}

/** A tf.Sequential gives all its work to a model within, which it makes when it is built. */
function setChoice(model: object, choice: CompileOptions | 'eager'): void {
  forget(model);
  choices.set(model, choice);
  const {model: within} = model as {model?: object};
  if (model instanceof tf.Sequential && within) setChoice(within, choice);
}

/** Every model runs as graphs, but for those that are refused; or, without options, only those that are chosen. */
export function setDefault(options: CompileOptions | undefined): void {
  if (options) patch();
  everyModel = options;
}

function compiledModel(model: Seams): CompiledModel | undefined {
  const choice = choices.get(model) ?? everyModel;
  if (choice === undefined || choice === 'eager') return undefined;
  let compiled = models.get(model);
  if (compiled === undefined) models.set(model, (compiled = new CompiledModel(model, choice.warn)));
  return compiled;
}

function forget(model: object): void {
  models.get(model)?.dispose();
  models.delete(model);
}

function patch(): void {
  if (patched) return;
  patched = true;
  replaceGradients();
  const sequential = tf.Sequential.prototype as unknown as {build(this: object, shape: unknown): void};
  const {build} = sequential;
  sequential.build = function (shape) {
    build.call(this, shape);
    const choice = choices.get(this);
    const {model: within} = this as {model?: object};
    if (choice !== undefined && within && !choices.has(within)) setChoice(within, choice);
  };
  const prototype = tf.LayersModel.prototype as unknown as Seams;
  const {
    compile,
    fit,
    fitDataset,
    fitLoop,
    makeTestFunction,
    makeTrainFunction,
    predictLoop,
    standardizeUserData,
    testLoop,
  } = prototype;
  Object.assign(prototype, {
    compile(this: Seams, args: unknown) {
      forget(this);
      compile.call(this, args);
    },
    makeTrainFunction(this: Seams) {
      const eager = makeTrainFunction.call(this);
      return compiledModel(this)?.trainFunction(eager) ?? interruptible(eager);
    },
    makeTestFunction(this: Seams) {
      makeTestFunction.call(this);
      this.testFunction = compiledModel(this)?.testFunction(this.testFunction) ?? interruptible(this.testFunction);
    },
    predictLoop(this: Seams, inputs: Tensor | Tensor[], batchSize = 32, verbose = false) {
      const eager = (batch: Tensor[], size: number) => predictLoop.call(this, batch, size, verbose);
      return (
        compiledModel(this)?.predictLoop(eager, inputs, batchSize) ?? predictLoop.call(this, inputs, batchSize, verbose)
      );
    },
    async standardizeUserData(this: Seams, x: unknown, y: unknown, sampleWeight: unknown, ...rest: unknown[]) {
      const standard = await standardizeUserData.call(this, x, y, undefined, ...rest);
      return sampleWeight == null ? standard : withSampleWeights(standard, sampleWeight as Tensor | Tensor[]);
    },
    async fitLoop(this: Seams, fn: TensorsFunction, data: (Tensor | null)[], ...rest: unknown[]) {
      const cut = compiledModel(this) && cutting(fn, data);
      try {
        return await (cut ? fitLoop.call(this, cut.fn, cut.data, ...rest) : fitLoop.call(this, fn, data, ...rest));
      } finally {
        tf.dispose(cut?.data ?? []);
      }
    },
    testLoop(this: Seams, fn: TensorsFunction, data: (Tensor | null)[], ...rest: unknown[]) {
      const cut = compiledModel(this) && cutting(fn, data);
      try {
        return cut ? testLoop.call(this, cut.fn, cut.data, ...rest) : testLoop.call(this, fn, data, ...rest);
      } finally {
        tf.dispose(cut?.data ?? []);
      }
    },
    fit(this: Seams, x: unknown, y: unknown, args: FitArgs = {}) {
      return fit.call(this, x, y, compiledModel(this) ? yielding(args) : args);
    },
    fitDataset(this: Seams, dataset: unknown, args: FitArgs) {
      return fitDataset.call(this, dataset, compiledModel(this) ? yielding(args) : args);
    },
  } satisfies Partial<Seams>);
}

/** tfjs lets the event loop run only between plain callbacks; this does it for lists of callback objects too. */
function yielding(args: FitArgs): FitArgs {
  const {callbacks, yieldEvery} = args ?? {};
  const list = Array.isArray(callbacks) ? (callbacks as unknown[]) : [callbacks];
  const isObject = (callback: unknown) => callback instanceof tf.Callback || callback instanceof tf.CustomCallback;
  if (!isObject(list[0]) || list.some(callback => callback instanceof tf.CustomCallback)) return args;
  return {...args, callbacks: [...list, new tf.CustomCallback({} as CustomCallbackArgs, yieldEvery)]};
}

/** tfjs can train with a weight per sample, but refuses to take any. @throws Error when they do not fit the targets */
function withSampleWeights([x, y, classWeights]: StandardData, sampleWeight: Tensor | Tensor[]): StandardData {
  const given = [sampleWeight].flat();
  const weights = y.map((target, i) => {
    const weight = given.length === 1 ? given[0] : given[i];
    const rows = target.shape[0] as number;
    if (!(weight instanceof tf.Tensor) || weight.rank !== 1 || weight.shape[0] !== rows) {
      const found = weight instanceof tf.Tensor ? `a tensor of shape [${weight.shape.join(', ')}]` : typeof weight;
      throw new Error(`sampleWeight must be a tensor of shape [${rows}], a weight for each sample, not ${found}`);
    }
    // tfjs disposes of these when the training ends.
    return tf.tidy(() => (classWeights?.[i] ? weight.mul(classWeights[i]) : weight.clone()));
  });
  tf.dispose(classWeights ?? []);
  return [x, y, weights];
}
