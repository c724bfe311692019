import type {layers, serialization, Shape, Tensor} from '@tensorflow/tfjs-node';
import {tf} from '@ingot/tensorflow';

export interface QuantileHeadOptions {
  /** [horizon][quantiles], ascending in each row: the quantiles that the untrained model gives. */
  readonly start: readonly (readonly number[])[];
  readonly name?: string;
}

/**
 * [b, n] -> [b, horizon, quantiles]: the start quantiles, each step's shifted and stretched by what the network learnt.
 * The weights begin at zero, so that an untrained model gives exactly the start quantiles, and a stretch is positive, so
 * that quantiles never cross.
 */
export class QuantileHead extends tf.layers.Layer {
  static className = 'IngotQuantileHead';
  readonly #start: readonly (readonly number[])[];
  #shift: ReturnType<layers.Layer['addWeight']> | undefined;
  #stretch: ReturnType<layers.Layer['addWeight']> | undefined;
  #quantiles: ReturnType<layers.Layer['addWeight']> | undefined;

  constructor(options: QuantileHeadOptions) {
    super(options.name === undefined ? {} : {name: options.name});
    this.#start = options.start;
  }

  override build(inputShape: Shape | Shape[]): void {
    const width = (inputShape as Shape)[1] ?? 0;
    const [horizon, count] = [this.#start.length, this.#start[0]?.length ?? 0];
    const zeros = tf.initializers.zeros();
    this.#shift = this.addWeight('shift', [width, horizon], 'float32', zeros);
    this.#stretch = this.addWeight('stretch', [width, horizon], 'float32', zeros);
    this.#quantiles = this.addWeight('start', [horizon, count], 'float32', zeros, undefined, false);
    const start = tf.tensor2d(this.#start.map(row => [...row]));
    this.#quantiles.write(start);
    start.dispose();
    super.build(inputShape);
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    return tf.tidy(() => {
      if (!this.#shift || !this.#stretch || !this.#quantiles) {
        throw new Error('The layer has no weights before its first call.');
      }
      const input = (Array.isArray(inputs) ? inputs[0] : inputs) as Tensor;
      const correct = (weight: Tensor) => tf.matMul(input, weight).expandDims(2);
      const stretch = correct(this.#stretch.read()).exp();
      return this.#quantiles.read().mul(stretch).add(correct(this.#shift.read()));
    });
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    return [(inputShape as Shape)[0] ?? null, this.#start.length, this.#start[0]?.length ?? 0];
  }

  override getConfig(): serialization.ConfigDict {
    return {...super.getConfig(), start: this.#start.map(row => [...row])};
  }
}
tf.serialization.registerClass(QuantileHead);

/**
 * The last layer of a quantile forecaster.
 *
 * ```ts
 * ingot.layers.quantileHead({start: scaling.historicalQuantiles(train, quantiles)}).apply(x)
 * ```
 */
export function quantileHead(options: QuantileHeadOptions): QuantileHead {
  return new QuantileHead(options);
}
