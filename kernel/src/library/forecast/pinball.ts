import type {Tensor} from '@tensorflow/tfjs-node';
import {tf} from '@ingot/tensorflow';
import {checkQuantiles} from './quantiles.js';

/**
 * The loss of quantile forecasts, for `model.compile({loss: ingot.pinballLoss(quantiles)})`: too low costs `level`, too high
 * `1 - level` for each unit. Its minimum is at the true quantiles. Koenker and Bassett, "Regression Quantiles", 1978.
 * @returns a function of targets and outputs, both [..., quantiles], that gives one mean over everything.
 */
export function pinballLoss(quantiles: readonly number[]): (targets: Tensor, outputs: Tensor) => Tensor {
  checkQuantiles(quantiles);
  return function pinball(targets, outputs) {
    return tf.tidy(() => {
      const error = targets.sub(outputs);
      const levels = tf.tensor1d([...quantiles]);
      return tf.maximum(error.mul(levels), error.mul(levels.sub(1))).mean();
    });
  };
}
