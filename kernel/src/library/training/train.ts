import {join} from 'node:path';
import type {LayersModel, Logs, Tensor} from '@tensorflow/tfjs-node';
import {compile, tf, uncompile} from '@ingot/tensorflow';
import {interruptPort} from '../../execution/interrupts.js';
import {settings} from '../settings.js';
import {BestWeights} from './best-weights.js';
import {boardOf} from './board.js';
import {LiveTraining} from './live-training.js';
import type {Progress} from './checkpoint.js';
import {Checkpoints} from './checkpoints.js';
import {batchesOf, fit} from './fit.js';
import type {Examples, TrainOptions} from './options.js';
import {runName} from './run-name.js';
import {rememberRun} from './runs.js';
import {TrainingRun} from './training-run.js';
import {shapedAsOutputs} from './targets.js';

/**
 * `model.fit` as a notebook wants it: a live chart of the loss with the time left, a TensorBoard run, early stopping, the
 * best weights kept, and a stop between two batches when the cell is interrupted. The model must be compiled
 * (`model.compile({optimizer, loss})`).
 *
 * ```ts
 * const run = await ingot.train(model, {name: 'gold', x, y, validation: {x: xv, y: yv}, epochs: 30});
 * const long = await ingot.train(model, {name: 'clicks', stream: tf.data.generator(rows).batch(256), resume: true});
 * ```
 * @returns what happened: losses by epoch, which epoch was kept, seconds, the TensorBoard run.
 * @throws the interrupt, when the cell was interrupted; the best weights so far are in the model then.
 */
export async function train(model: LayersModel, options: TrainOptions): Promise<TrainingRun> {
  const {name, validation, epochs = 50, patience = 10, callbacks = []} = options;
  let run = runName(name, new Date());
  const owned: Tensor[] = [];
  const own = (examples: Examples): [Tensor | Tensor[], Tensor | Tensor[]] => {
    const shaped = shapedAsOutputs(model, examples.y);
    owned.push(...shaped.made);
    return [examples.x, shaped.targets];
  };
  const best = new BestWeights(model);
  const live = new LiveTraining(`Training ${name}`, epochs);
  const signal = interruptPort()?.signal;
  const isGraph = runAsGraph(model, options.compiled ?? true);
  const checkpoints = new Checkpoints({
    folder: settings().checkpoints,
    name,
    seconds: options.checkpointSeconds,
    warn: message => console.warn(message),
  });
  try {
    const judged = validation === undefined ? undefined : own(validation);
    const earlier = await earlierTraining(checkpoints, model, best, options);
    if (earlier !== undefined) {
      live.resume(earlier);
      run = earlier.run;
    } else if (judged !== undefined) {
      const before = firstScalar(model.evaluate(...judged, {batchSize: 256}));
      best.offer(0, before);
      live.untrained(before);
    }
    const steps = new Steps(batchesOf(options) ?? earlier?.batches);
    const progress = () => live.progress(run, {best: judged === undefined ? null : best, batches: steps.inEpoch});
    const watch = new tf.CustomCallback({
      onBatchEnd: async (batch: number) => {
        live.batch(steps.fraction(batch));
        if (signal?.aborted === true) model.stopTraining = true;
      },
      onEpochEnd: async (epoch: number, logs?: Logs) => {
        // tfjs ends an epoch that was broken off like any other: it does not count.
        if (signal?.aborted === true) return;
        steps.endEpoch();
        const validationLoss = logs?.['val_loss'];
        live.epoch(logs?.['loss'] ?? NaN, validationLoss);
        const better = validationLoss !== undefined && best.offer(epoch + 1, validationLoss);
        if (validationLoss !== undefined && !better && epoch + 1 - best.epoch >= patience) model.stopTraining = true;
        await checkpoints.offer(model, best, progress);
      },
    });
    const initialEpoch = live.loss.length;
    const board = boardOf(model, options, {
      folder: join(settings().logs, run),
      initialStep: initialEpoch * (steps.inEpoch ?? 0),
    });
    try {
      await fit(model, options, {initialEpoch, epochs, validation: judged, callbacks: [watch, board, ...callbacks]});
    } finally {
      board.close();
      if (signal?.aborted === true) await checkpoints.offer(model, best, progress, 'now');
    }
    best.restore();
    signal?.throwIfAborted();
    await checkpoints.finish();
    const keptEpoch = judged === undefined ? live.loss.length : best.epoch;
    const result = new TrainingRun({run, model, live, keptEpoch, compiled: isGraph()});
    rememberRun(result);
    live.end(result.outcome);
    return result;
  } catch (error) {
    best.restore();
    const what = signal?.aborted === true ? 'Interrupted; resume: true goes on.' : 'Stopped by an error.';
    live.end(best.loss < Infinity ? `${what} The model has the weights of epoch ${best.epoch}.` : what);
    throw error;
  } finally {
    best.dispose();
    owned.forEach(tensor => tensor.dispose());
  }
}

/** Counts batches, for the share of an epoch that is done. */
class Steps {
  #last = 0;

  /** @param inEpoch undefined until the first epoch of a stream has shown it. */
  constructor(public inEpoch: number | undefined) {}

  fraction(batch: number): number {
    this.#last = batch + 1;
    return this.inEpoch === undefined ? 0 : Math.min(1, this.#last / this.inEpoch);
  }

  endEpoch(): void {
    this.inEpoch ??= this.#last;
  }
}

/** @returns a function that tells whether it could be done. */
function runAsGraph(model: LayersModel, wanted: boolean): () => boolean {
  let done = wanted;
  if (!wanted) {
    uncompile(model);
  } else {
    const warn = (message: string) => {
      done = false;
      console.warn(message);
    };
    compile(model, {warn});
  }
  return () => done;
}

/** Goes on with an unfinished training when that was asked for; tells of it when it was not. */
async function earlierTraining(
  checkpoints: Checkpoints,
  model: LayersModel,
  best: BestWeights,
  {resume, name}: TrainOptions,
): Promise<Progress | undefined> {
  if (resume === true) return checkpoints.resume(model, best);
  const left = await checkpoints.unfinished();
  if (left !== undefined) {
    const {loss, savedAt} = left;
    console.log(
      `A training of "${name}" was left unfinished after epoch ${loss.length} (${savedAt}); resume: true goes on with it.`,
    );
  }
  return undefined;
}

function firstScalar(scalars: Tensor | Tensor[]): number {
  const all = Array.isArray(scalars) ? scalars : [scalars];
  const value = all[0]?.dataSync()[0] ?? NaN;
  all.forEach(scalar => scalar.dispose());
  return value;
}
