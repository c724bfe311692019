import type {Tensor, Tensor2D} from '@tensorflow/tfjs-node';
import {tf} from '@ingot/tensorflow';

/**
 * Each feature with mean zero and unit spread, and back. In tensor operations, so that it is captured with the model.
 */
export class StandardScaling {
  /** @param mean and @param deviation have one value for each of the last dimension's features. */
  constructor(
    readonly mean: readonly number[],
    readonly deviation: readonly number[],
  ) {}

  /** [..., features] -> the same, scaled. */
  scale<T extends Tensor>(values: T): T {
    return tf.tidy(() => values.sub(tf.tensor1d([...this.mean])).div(tf.tensor1d([...this.deviation])));
  }

  /** [..., features] -> the same, in their own units again. */
  restore<T extends Tensor>(scaled: T): T {
    return tf.tidy(() => scaled.mul(tf.tensor1d([...this.deviation])).add(tf.tensor1d([...this.mean])));
  }
}

/**
 * Fits a scaling on training data, and only on them: [..., features]. A feature that never changes is only shifted.
 *
 * ```ts
 * const scaling = ingot.standardScaling(trainFeatures);
 * const serve = (features: tf.Tensor2D) => model.apply(scaling.scale(features)) as tf.Tensor2D;
 * ```
 * @throws RangeError when a value is missing (NaN) or infinite.
 */
export function standardScaling(train: Tensor): StandardScaling {
  const moments = tf.tidy(() => {
    const {mean, variance} = tf.moments(train.reshape([-1, train.shape.at(-1) ?? 1]), 0);
    return tf.stack([mean, variance.sqrt()]) as Tensor2D;
  });
  const [mean = [], deviation = []] = moments.arraySync();
  moments.dispose();
  const bad = mean.findIndex(value => !Number.isFinite(value));
  if (bad >= 0) throw new RangeError(`Feature ${bad} has values that are missing or infinite; it cannot be scaled.`);
  return new StandardScaling(
    mean,
    deviation.map(value => (value > 0 ? value : 1)),
  );
}
