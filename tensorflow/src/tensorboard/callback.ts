import {join} from 'node:path';
import type {LayersModel, Logs} from '@tensorflow/tfjs-node';
import {tf} from '../native/index.js';
import {sessionEnd, sessionStart, type HParam} from './hparams.js';
import {activationsOf, gradientsOf, graphOf, weightsOf, type Sample} from './model-view.js';
import {StepProfile} from './step-profile.js';
import {StepTrace} from './step-trace.js';
import {onValidation} from './validation-start.js';
import {SummaryWriter} from './writer.js';

export interface TensorBoardOptions {
  /** When losses and metrics are written besides each epoch's: at every batch (default), every n batches, or never. */
  readonly updateFreq?: 'batch' | 'epoch' | number;
  /** The number of the first batch, where a run goes on. */
  readonly initialStep?: number;
  /** Needed only in a list of callbacks that begins with a plain object: tfjs then tells none of them the model. */
  readonly model?: LayersModel;
  /** Every how many epochs histograms are written: of the weights and, with `sample`, of gradients and activations. */
  readonly histogramFreq?: number;
  /** A small batch for the histograms of gradients and activations. */
  readonly sample?: Sample;
  /** Writes the model's graph at the start. Default true. */
  readonly writeGraph?: boolean;
  /** Settings of this training, for the table of runs in the HParams dashboard. */
  readonly hparams?: Readonly<Record<string, HParam>>;
  /**
   * Batches to record for TensorBoard's Profile tab, the first and the last of them counted from 0: every op, with its time.
   * Skip the first two, which make the graph, and keep it to a few: op by op, a batch may have tens of thousands.
   */
  readonly profileBatch?: number | readonly [first: number, last: number];
  /** So many steps, from the first, are written for a trace viewer too. Default 10,000. */
  readonly tracedSteps?: number;
  /** Gets one sentence when the logs cannot be written (a full disk); the training goes on. `console.warn` by default. */
  readonly warn?: (message: string) => void;
}

/** What tfjs counts in its logs besides losses and metrics. */
const COUNTERS = new Set(['batch', 'size', 'num_steps']);
const VALIDATION = 'val_';

/**
 * A callback for `model.fit` and `model.fitDataset` that writes a run for TensorBoard into `logDir`: `train/` and
 * `validation/`, with the tags that Keras uses (`epoch_loss`, `batch_loss`, `epoch_learning_rate`).
 *
 * ```ts
 * await model.fit(x, y, {callbacks: tensorBoard('logs/gold/run-1')});
 * ```
 * In a list, tfjs wants what stands behind it to be a callback, too: `new tf.CustomCallback({onEpochEnd})`.
 */
export function tensorBoard(logDir: string, options: TensorBoardOptions = {}): TensorBoardCallback {
  return new TensorBoardCallback(logDir, options);
}

export class TensorBoardCallback extends tf.CustomCallback {
  readonly #options: TensorBoardOptions;
  readonly #writers = new Map<string, SummaryWriter>();
  #model: LayersModel | undefined;
  #batches: number;
  #failed = false;
  #sampleFailed = false;
  #trace: StepTrace | undefined;
  #profile: StepProfile | undefined;
  #epochStarted = 0;
  #batchStarted = 0;
  #batchEnded: number | undefined = 0;
  #forgetModel: (() => void) | undefined;
  #stepTimes: number[] = [];

  constructor(
    readonly logDir: string,
    options: TensorBoardOptions = {},
  ) {
    super({
      onTrainBegin: async () => this.#guarded(() => this.#trainBegin()),
      onEpochBegin: async () => void (this.#epochStarted = performance.now()),
      onBatchBegin: () => this.#batchBegin(),
      onBatchEnd: async (_batch, logs) => {
        this.#stepOver();
        if (this.#profile) await this.#profiled(profile => profile.stepEnd(this.#batchesHere));
        this.#guarded(() => this.#batchEnd(logs));
      },
      onEpochEnd: async (epoch, logs) => this.#guarded(() => this.#epochEnd(epoch, logs)),
      onTrainEnd: async () => {
        await this.#profiled(profile => profile.end());
        this.#guarded(() => this.#trainEnd());
      },
    });
    this.#options = options;
    this.#model = options.model;
    this.#batches = options.initialStep ?? 0;
    if (options.profileBatch !== undefined) {
      const [first, last = first] = [options.profileBatch].flat() as [number, number?];
      this.#profile = new StepProfile(join(logDir, 'train'), first, last);
    }
    // tfjs takes the methods off a callback that stands in a list behind a plain object.
    for (const method of [
      'onTrainBegin',
      'onTrainEnd',
      'onEpochBegin',
      'onEpochEnd',
      'onBatchBegin',
      'onBatchEnd',
    ] as const) {
      Object.defineProperty(this, method, {value: this[method].bind(this)});
    }
  }

  override setModel(model: unknown): void {
    this.#model = model as LayersModel;
  }

  /** Closes the files; `fit` does it at its end. Another `fit` with this callback goes on in new files. */
  close(): void {
    for (const writer of this.#writers.values()) writer.close();
    this.#writers.clear();
    this.#trace?.close();
    this.#trace = undefined;
    this.#forgetModel?.();
    this.#forgetModel = undefined;
  }

  #trainBegin(): void {
    const {hparams, writeGraph = true, tracedSteps = 10_000} = this.#options;
    if (this.#model) this.#forgetModel ??= onValidation(this.#model, () => this.#stepOver());
    if (tracedSteps > 0) this.#trace = new StepTrace(join(this.logDir, 'train'), tracedSteps);
    if (hparams) {
      const names = (this.#model as {metricsNames?: string[]} | undefined)?.metricsNames ?? ['loss'];
      const metrics = names.flatMap(name => ['train', 'validation'].map(group => ({group, tag: `epoch_${name}`})));
      this.#writer('').write(sessionStart(hparams, metrics, Date.now() / 1000), 0);
    }
    if (!writeGraph || !this.#model) return;
    let graph: Uint8Array;
    try {
      graph = graphOf(this.#model);
    } catch (error) {
      this.#warn(`TensorBoard will not show the graph of ${this.#model.name}: ${(error as Error).message}`);
      return;
    }
    this.#writer('train').graph(graph);
  }

  #trainEnd(): void {
    if (this.#options.hparams) this.#writer('').write([sessionEnd('success', Date.now() / 1000)], 0);
    this.close();
  }

  get #batchesHere(): number {
    return this.#batches - (this.#options.initialStep ?? 0);
  }

  async #batchBegin(): Promise<void> {
    if (this.#profile) await this.#profiled(profile => profile.stepBegin(this.#batchesHere, this.#batches));
    this.#batchEnded = undefined;
    this.#batchStarted = performance.now();
  }

  /** The first call in a batch tells. */
  #stepOver(): void {
    if (this.#batchEnded !== undefined) return;
    this.#batchEnded = performance.now();
    this.#profile?.stepOver();
  }

  /** What goes wrong with the profile ends the profile alone. */
  async #profiled(use: (profile: StepProfile) => Promise<void>): Promise<void> {
    const profile = this.#profile;
    if (!profile) return;
    try {
      await use(profile);
    } catch (error) {
      this.#profile = undefined;
      this.#warn(`TensorBoard will not show a profile of ${this.logDir}: ${(error as Error).message}`);
    }
  }

  #batchEnd(logs: Logs = {}): void {
    const step = this.#batches++;
    const ended = this.#batchEnded ?? performance.now();
    this.#stepTimes.push(ended - this.#batchStarted);
    this.#trace?.add('steps', `step ${step}`, this.#batchStarted, ended, {step, loss: logs['loss']});
    const every = this.#options.updateFreq ?? 'batch';
    if (every === 'epoch' || (typeof every === 'number' && step % every !== 0)) return;
    this.#writer('train').scalars(tagged('batch_', logs, false), step);
  }

  #epochEnd(epoch: number, logs: Logs = {}): void {
    const end = performance.now();
    this.#trace?.add('between', 'validation and callbacks', this.#batchEnded ?? end, end);
    this.#trace?.add('epochs', `epoch ${epoch}`, this.#epochStarted, end, {epoch, loss: logs['loss']});
    const learningRate = this.#model?.optimizer?.getConfig()['learningRate'];
    this.#writer('train').scalars(
      {...tagged('epoch_', logs, false), ...(typeof learningRate === 'number' && {epoch_learning_rate: learningRate})},
      epoch,
    );
    this.#stepHistogram(epoch);
    const {histogramFreq = 0} = this.#options;
    if (histogramFreq > 0 && epoch % histogramFreq === 0) this.#histograms(epoch);
    const validation = tagged('epoch_', logs, true);
    if (Object.keys(validation).length > 0) this.#writer('validation').scalars(validation, epoch);
  }

  /** How long the steps of an epoch took, in milliseconds. */
  #stepHistogram(epoch: number): void {
    const times = this.#stepTimes.splice(0);
    if (times.length === 0) return;
    const mean = times.reduce((sum, time) => sum + time, 0) / times.length;
    this.#writer('train').scalar('profile/step_ms', mean, epoch);
    this.#writer('train').histogram('profile/step_ms_of_batches', times, epoch);
  }

  #histograms(epoch: number): void {
    const model = this.#model;
    if (!model) return;
    const kinds = {weights: weightsOf(model), ...this.#ofSample(model)};
    for (const [kind, values] of Object.entries(kinds)) {
      for (const [name, tensor] of values) this.#writer('train').histogram(`${kind}/${name}`, tensor, epoch);
    }
  }

  /** A sample that does not fit the model ends these histograms alone. */
  #ofSample(model: LayersModel) {
    const {sample} = this.#options;
    if (!sample || this.#sampleFailed) return {};
    try {
      return {gradients: gradientsOf(model, sample), activations: activationsOf(model, sample)};
    } catch (error) {
      this.#sampleFailed = true;
      this.#warn(`TensorBoard will not show gradients and activations of ${model.name}: ${(error as Error).message}`);
      return {};
    }
  }

  #writer(run: string): SummaryWriter {
    let writer = this.#writers.get(run);
    if (!writer) this.#writers.set(run, (writer = new SummaryWriter(join(this.logDir, run))));
    return writer;
  }

  #warn(message: string): void {
    (this.#options.warn ?? console.warn)(message);
  }

  #guarded(write: () => void): void {
    if (this.#failed) return;
    try {
      write();
    } catch (error) {
      this.#failed = true;
      this.#warn(`TensorBoard logs in ${this.logDir} end here, the training goes on: ${(error as Error).message}`);
    }
  }
}

/** The losses and metrics of the training, or of the validation without their prefix. */
function tagged(prefix: string, logs: Logs, validation: boolean): Record<string, number> {
  return Object.fromEntries(
    Object.entries(logs)
      .filter(([key]) => !COUNTERS.has(key) && key.startsWith(VALIDATION) === validation)
      .map(([key, value]) => [prefix + (validation ? key.slice(VALIDATION.length) : key), value]),
  );
}
