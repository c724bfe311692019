import type {LayersModel} from '@tensorflow/tfjs-node';
import type {TrainingRun} from './training-run.js';

const runs = new WeakMap<LayersModel, TrainingRun>();

/** Remembers a model's last training. */
export function rememberRun(run: TrainingRun): void {
  runs.set(run.model, run);
}

export function runOf(model: LayersModel): TrainingRun | undefined {
  return runs.get(model);
}
