import {availableParallelism} from 'node:os';
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {LoadedModel} from '@ingot/tensorflow/session';
import {DEFAULT_BATCHING, parse, readBatchingParameters, type BatchingParameters} from '../config/batching.js';
import type {Settings} from '../config/flags.js';
import {AdaptivePolicy} from './adaptive.js';
import {BatchedModel, type Batching} from './batched-model.js';
import {FixedPolicy} from './fixed.js';
import {Slots} from './slots.js';

/** Puts batching in front of a model that was loaded from a folder. */
export type AddBatching = (model: LoadedModel, folder: string) => Promise<LoadedModel>;

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
    return async model => new BatchedModel(model, batching);
  }
  const file = settings.batching_parameters_file;
  const parameters = file === '' ? DEFAULT_BATCHING : await readBatchingParameters(file);
  const slots = new Slots(parameters.numBatchThreads);
  if (!settings.enable_per_model_batching_parameters) {
    return async model => new BatchedModel(model, fixedBatching(parameters, slots));
  }
  return async (model, folder) => {
    const text = await readFile(join(folder, PER_MODEL_FILE), 'utf8').catch(absent);
    return text === null ? model : new BatchedModel(model, fixedBatching(parse(text), slots));
  };
}

function fixedBatching(parameters: BatchingParameters, slots: Slots): Batching {
  return {policy: () => new FixedPolicy(parameters), slots, strict: true};
}

function absent(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null;
  throw error;
}
