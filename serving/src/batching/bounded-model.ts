import type {LoadedModel} from '@ingot/tensorflow/session';
import {batchingErrors} from './errors.js';

/**
 * The model, with at most so many runs of each signature at once, those included that wait for their turn: a run beyond them is
 * refused at once. For those that no queue of batches bounds.
 */
export function bounded(model: LoadedModel, mostRuns: number): LoadedModel {
  const runs = new Map<string, number>();
  return {
    signatures: model.signatures,
    async run(signature, inputs, options) {
      const before = runs.get(signature) ?? 0;
      if (before >= mostRuns) throw batchingErrors.full();
      runs.set(signature, before + 1);
      try {
        return await model.run(signature, inputs, options);
      } finally {
        runs.set(signature, (runs.get(signature) ?? 1) - 1);
      }
    },
    dispose: () => model.dispose(),
  };
}
