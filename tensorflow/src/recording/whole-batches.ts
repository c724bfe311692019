import type {LayersModel, Tensor} from '@tensorflow/tfjs-node';
import {tf} from '../native/index.js';

type PredictLoop = (this: LayersModel, inputs: Tensor | Tensor[], batchSize?: number, verbose?: boolean) => unknown;

/**
 * Makes `model.predict` take all rows at once, whatever its `batchSize`: a graph takes what it is fed, and the number of
 * batches would be fixed in it. The function that is returned undoes it.
 */
export function predictWholeBatches(): () => void {
  const seam = tf.LayersModel.prototype as unknown as {predictLoop: PredictLoop};
  const {predictLoop} = seam;
  seam.predictLoop = function (inputs, batchSize, verbose) {
    const rows = [inputs].flat()[0]?.shape[0] ?? 0;
    return predictLoop.call(this, inputs, Math.max(rows, batchSize ?? 0), verbose);
  };
  return () => void (seam.predictLoop = predictLoop);
}
