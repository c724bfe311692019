import type {Tensor2D, Tensor3D, Tensor4D} from '@tensorflow/tfjs-node';
import {tf} from '@ingot/tensorflow';
import type {Windows} from '../data/period.js';
import {quantile} from './quantiles.js';

export interface ScalingOptions {
  /** How much of yesterday's variance estimate is kept each day (RiskMetrics' decay). */
  readonly decay?: number;
}

/**
 * Turns prices into what a network learns well, and back: log price changes divided by the volatility of the moment, which
 * an exponentially weighted average over the window estimates. Everything is in tensor operations, so the scaling is
 * captured with the model: a served model takes prices and gives prices.
 */
export class ReturnScaling {
  /**
   * @param dailyVolatility is the training data's, in log units: where the average starts.
   */
  constructor(
    readonly length: number,
    readonly horizon: number,
    readonly dailyVolatility: number,
    readonly decay: number,
  ) {}

  /** [b, length] prices -> [b, 1] volatility of one step, in log units. */
  volatility(prices: Tensor2D): Tensor2D {
    return tf.tidy(() => {
      const {length, decay} = this;
      const weights = Array.from({length: length - 1}, (_, day) => (1 - decay) * decay ** (length - 2 - day));
      const start = this.dailyVolatility ** 2 * decay ** (length - 1);
      const squares = this.#returns(prices).square();
      return squares
        .matMul(tf.tensor2d(weights, [length - 1, 1]))
        .add(start)
        .sqrt() as Tensor2D;
    });
  }

  /**
   * [b, length] prices -> [b, length, 4]: each day's change and its size in units of the volatility, the distance to the
   * last price, and how the volatility compares with its long-run value.
   */
  features(prices: Tensor2D): Tensor3D {
    return tf.tidy(() => {
      const {length} = this;
      const volatility = this.volatility(prices);
      const change = tf.pad2d(this.#returns(prices).div(volatility) as Tensor2D, [
        [0, 0],
        [1, 0],
      ]);
      const last = prices.slice([0, length - 1], [-1, 1]);
      const distance = prices
        .div(last)
        .log()
        .div(volatility.mul(Math.sqrt(length)));
      const level = volatility
        .div(this.dailyVolatility)
        .log()
        .mul(tf.ones([1, length]));
      return tf.stack([change, change.abs(), distance, level], 2) as Tensor3D;
    });
  }

  /** [b, length] prices and the [b, horizon] that followed -> [b, horizon] changes in units of volatility * sqrt(steps). */
  targets(prices: Tensor2D, future: Tensor2D): Tensor2D {
    return tf.tidy(() => {
      const last = prices.slice([0, this.length - 1], [-1, 1]);
      return future.div(last).log().div(this.#unit(prices)) as Tensor2D;
    });
  }

  /** [b, length] prices and [b, horizon, quantiles] in units of volatility -> the same in prices. */
  toPrices(prices: Tensor2D, scaled: Tensor3D): Tensor3D {
    return tf.tidy(() => {
      const last = prices.slice([0, this.length - 1], [-1, 1]).expandDims(2);
      return scaled.mul(this.#unit(prices).expandDims(2)).exp().mul(last) as Tensor3D;
    });
  }

  /**
   * The historical quantiles of the scaled changes, [horizon][quantiles]: where a quantile network starts. Rises and falls
   * count alike, so that the median is the last price, which is the naive forecast: a drift of the past is no promise.
   */
  historicalQuantiles(windows: Windows, quantiles: readonly number[]): number[][] {
    const targets = tf.tidy(() => this.targets(windows.inputs, windows.targets).transpose());
    const rows = targets.arraySync() as number[][];
    targets.dispose();
    return rows.map(values => {
      const mirrored = Float64Array.from([...values, ...values.map(value => -value)]).sort();
      return quantiles.map(level => quantile(mirrored, level));
    });
  }

  /** Of shape `[b, horizon]`: the volatility of so many steps ahead. */
  #unit(prices: Tensor2D): Tensor2D {
    const roots = Array.from({length: this.horizon}, (_, step) => Math.sqrt(step + 1));
    return this.volatility(prices).mul(tf.tensor2d(roots, [1, this.horizon]));
  }

  /** [b, length] -> [b, length - 1] log changes; of ratios, which keeps float32's digits. */
  #returns(prices: Tensor2D): Tensor2D {
    const count = this.length - 1;
    return prices
      .slice([0, 1], [-1, count])
      .div<Tensor2D>(prices.slice([0, 0], [-1, count]))
      .log();
  }
}

/**
 * Fits the scaling on the training windows, and only on them.
 *
 * ```ts
 * const scaling = ingot.returnScaling(train);
 * const x = scaling.features(train.inputs);
 * ```
 */
export function returnScaling(train: Windows, {decay = 0.97}: ScalingOptions = {}): ReturnScaling {
  const {length, horizon, inputs} = train;
  const volatility = tf.tidy(() => {
    const [today, before] = [inputs.slice([0, 1], [-1, length - 1]), inputs.slice([0, 0], [-1, length - 1])];
    return today.div(before).log().square().mean().sqrt();
  });
  const daily = volatility.dataSync()[0] ?? NaN;
  volatility.dispose();
  if (!(daily > 0 && Number.isFinite(daily))) {
    throw new RangeError('Scaling by returns needs prices above zero that change; these windows have none.');
  }
  return new ReturnScaling(length, horizon, daily, decay);
}

/** [b, h] -> [b, h, count]: the same target for every quantile, as tfjs wants targets shaped like outputs. */
export function repeatForQuantiles(targets: Tensor2D, count: number): Tensor3D {
  return tf.tidy(() => (targets.expandDims(2) as Tensor3D | Tensor4D).tile([1, 1, count]) as Tensor3D);
}
