import {join} from 'node:path';
import type {CustomCallback, LayersModel, Logs, Tensor} from '@tensorflow/tfjs-node';
import {compile, tensorBoard, tf, uncompile} from '@ingot/tensorflow';
import {interruptPort} from '../../execution/interrupts.js';
import {settings} from '../settings.js';
import {BestWeights} from './best-weights.js';
import {LiveTraining} from './live-training.js';
import {runName} from './run-name.js';
import {rememberRun} from './runs.js';
import {TrainingRun} from './training-run.js';
import {shapedAsOutputs} from './targets.js';

export interface Examples {
  readonly x: Tensor | Tensor[];
  /** One dimension less than the outputs is repeated along the last, as quantile forecasts need. */
  readonly y: Tensor | Tensor[];
}

export interface TrainOptions extends Examples {
  /** The model's name, e.g. "gold": names the folder of its TensorBoard runs. */
  readonly name: string;
  /** Judged after each epoch, never trained on. With it, the best epoch's weights are kept, the untrained ones included. */
  readonly validation?: Examples;
  /** At most so many passes over the data; 50 by default. */
  readonly epochs?: number;
  /** 32 by default. */
  readonly batchSize?: number;
  /** Stops after so many epochs without a better validation loss; 10 by default. */
  readonly patience?: number;
  /** False trains operation by operation, as plain tfjs does: slower, with the same result. */
  readonly compiled?: boolean;
  /** More tfjs callbacks. */
  readonly callbacks?: readonly CustomCallback[];
}

/**
 * `model.fit` as a notebook wants it: a live chart of the loss with the time left, a TensorBoard run, early stopping, the
 * best weights kept, and a stop between two batches when the cell is interrupted. The model must be compiled
 * (`model.compile({optimizer, loss})`).
 *
 * ```ts
 * const run = await ingot.train(model, {name: 'gold', x, y, validation: {x: xv, y: yv}, epochs: 30});
 * ```
 * @returns what happened: losses by epoch, which epoch was kept, seconds, the TensorBoard run.
 * @throws the interrupt, when the cell was interrupted; the best weights so far are in the model then.
 */
export async function train(model: LayersModel, options: TrainOptions): Promise<TrainingRun> {
  const {name, validation, epochs = 50, batchSize = 32, patience = 10, callbacks = [], compiled = true} = options;
  const run = runName(name, new Date());
  const owned: Tensor[] = [];
  const own = (examples: Examples): [Tensor | Tensor[], Tensor | Tensor[]] => {
    const shaped = shapedAsOutputs(model, examples.y);
    owned.push(...shaped.made);
    return [examples.x, shaped.targets];
  };
  const best = new BestWeights(model);
  const live = new LiveTraining(`Training ${name}`, epochs);
  const signal = interruptPort()?.signal;
  let asGraph = compiled;
  if (compiled) {
    const warn = (message: string) => {
      asGraph = false;
      console.warn(message);
    };
    compile(model, {warn});
  } else uncompile(model);
  try {
    const [x, y] = own(options);
    const judged = validation === undefined ? undefined : own(validation);
    if (judged !== undefined) {
      const before = firstScalar(model.evaluate(...judged, {batchSize: 256}));
      best.offer(0, before);
      live.untrained(before);
    }
    const batches = Math.ceil(((Array.isArray(x) ? x[0] : x)?.shape[0] ?? 0) / batchSize);
    const watch = new tf.CustomCallback({
      onBatchEnd: async (batch: number) => {
        live.batch((batch + 1) / batches);
        if (signal?.aborted === true) model.stopTraining = true;
      },
      onEpochEnd: async (epoch: number, logs?: Logs) => {
        const validationLoss = logs?.['val_loss'];
        live.epoch(logs?.['loss'] ?? NaN, validationLoss);
        if (validationLoss === undefined || best.offer(epoch + 1, validationLoss)) return;
        if (epoch + 1 - best.epoch >= patience) model.stopTraining = true;
      },
    });
    await model.fit(x, y, {
      epochs,
      batchSize,
      verbose: 0,
      ...(judged === undefined ? {} : {validationData: judged}),
      validationBatchSize: 256,
      callbacks: [watch, tensorBoard(join(settings().logs, run)), ...callbacks],
    } as Parameters<LayersModel['fit']>[2]);
    best.restore();
    const kept = judged === undefined ? null : best.epoch;
    const result = new TrainingRun({run, model, live, keptEpoch: kept ?? live.loss.length, compiled: asGraph});
    rememberRun(result);
    live.end(result.outcome);
    signal?.throwIfAborted();
    return result;
  } catch (error) {
    best.restore();
    const what = signal?.aborted === true ? 'Interrupted' : 'Stopped by an error';
    live.end(best.loss < Infinity ? `${what}. The model has the weights of epoch ${best.epoch}.` : `${what}.`);
    throw error;
  } finally {
    best.dispose();
    owned.forEach(tensor => tensor.dispose());
  }
}

function firstScalar(scalars: Tensor | Tensor[]): number {
  const all = Array.isArray(scalars) ? scalars : [scalars];
  const value = all[0]?.dataSync()[0] ?? NaN;
  all.forEach(scalar => scalar.dispose());
  return value;
}
