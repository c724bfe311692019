import {availableParallelism} from 'node:os';
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {LoadedModel} from '@ingot/tensorflow/session';
import {DEFAULT_BATCHING, parse, readBatchingParameters, type BatchingParameters} from '../config/batching.js';
import type {Settings} from '../config/flags.js';
import {AdaptivePolicy} from './adaptive.js';
import {BatchedModel, type Batching} from './batched-model.js';
import {FixedPolicy} from './fixed.js';
import type {BatchObserver} from './observer.js';
import {Slots} from './slots.js';

/** Puts batching in front of a model that was loaded from a folder. */
export type AddBatching = (model: LoadedModel, folder: string, observe: Observe) => Promise<LoadedModel>;

/** Who is told of the batches that a pool of this name runs. */
export type Observe = (pool: string) => BatchObserver;

/** The name of the pool where TensorFlow Serving would have one of threads. */
const ADAPTIVE_POOL = 'adaptive';

const PER_MODEL_FILE = 'batching_params.pbtxt';

/** How models are batched by these settings. @throws StatusError INVALID_ARGUMENT when the parameters make no sense. */
export async function batchingOf(settings: Settings): Promise<AddBatching> {
  if (!settings.enable_batching) {
    if (!settings.adaptive_batching) return async model => model;
    const options = {
      parallel: availableParallelism(),
      latencyTargetMs: settings.batching_latency_target_ms,
      maxQueuedRequests: settings.batching_max_queued_requests,
    };
    const batching = {policy: () => new AdaptivePolicy(options), slots: new Slots(Infinity), strict: false};
    return async (model, _folder, observe) => new BatchedModel(model, {...batching, observer: observe(ADAPTIVE_POOL)});
  }
  const file = settings.batching_parameters_file;
  const parameters = file === '' ? DEFAULT_BATCHING : await readBatchingParameters(file);
  const slots = new Slots(parameters.numBatchThreads);
  if (!settings.enable_per_model_batching_parameters) {
    return async (model, _folder, observe) =>
      new BatchedModel(model, fixedBatching(parameters, slots, observe(parameters.threadPoolName)));
  }
  return async (model, folder, observe) => {
    const text = await readFile(join(folder, PER_MODEL_FILE), 'utf8').catch(absent);
    if (text === null) return model;
    return new BatchedModel(model, fixedBatching(parse(text), slots, observe(parameters.threadPoolName)));
  };
}

function fixedBatching(parameters: BatchingParameters, slots: Slots, observer: BatchObserver): Batching {
  return {policy: () => new FixedPolicy(parameters), slots, strict: true, observer};
}

function absent(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null;
  throw error;
}
