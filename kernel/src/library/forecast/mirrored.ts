import type {Tensor2D} from '@tensorflow/tfjs-node';
import {tf} from '@ingot/tensorflow';
import type {Windows} from '../data/period.js';

/**
 * Each window, and its mirror image in which every rise is a fall of the same size (in log units) and the last known price
 * is the same. A network that learns from both finds no drift to learn by heart, only what tells rises from falls.
 *
 * ```ts
 * const {inputs, targets} = ingot.mirrored(train);
 * ```
 */
export function mirrored(windows: Windows): Windows {
  const {inputs, targets, length, count, origins} = windows;
  const mirror = (prices: Tensor2D) =>
    tf.tidy(() => {
      const last = inputs.slice([0, length - 1], [-1, 1]);
      return tf.concat([prices, last.square().div<Tensor2D>(prices)]);
    });
  return {
    ...windows,
    inputs: mirror(inputs),
    targets: mirror(targets),
    origins: [...origins, ...origins],
    count: 2 * count,
  };
}
