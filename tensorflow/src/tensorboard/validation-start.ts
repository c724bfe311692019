import type {LayersModel} from '@tensorflow/tfjs-node';

/**
 * Tells when a model begins to validate: `model.fit` does it within the last batch of an epoch, before `onBatchEnd`.
 * The function that is returned ends that.
 */
export function onValidation(model: LayersModel, tell: () => void): () => void {
  const seam = model as unknown as {testLoop(...args: unknown[]): unknown};
  const {testLoop} = seam;
  seam.testLoop = function (...args) {
    tell();
    return testLoop.apply(this, args);
  };
  return () => void delete (seam as Partial<typeof seam>).testLoop;
}
