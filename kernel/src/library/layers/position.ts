import type {layers, Shape, Tensor} from '@tensorflow/tfjs-node';
import {tf} from '@ingot/tensorflow';

/** [b, tokens, width] -> the same plus a learnt vector for each position, so that attention knows the order. */
export class PositionEmbedding extends tf.layers.Layer {
  static className = 'IngotPositionEmbedding';
  #embedding: ReturnType<layers.Layer['addWeight']> | undefined;

  override build(inputShape: Shape | Shape[]): void {
    const [, tokens = null, width = null] = inputShape as Shape;
    const initial = tf.initializers.randomNormal({mean: 0, stddev: 0.02, seed: 11});
    this.#embedding = this.addWeight('embedding', [tokens, width], 'float32', initial);
    super.build(inputShape);
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    return tf.tidy(() => {
      if (this.#embedding === undefined) throw new Error('The layer has no weights before its first call.');
      const input = (Array.isArray(inputs) ? inputs[0] : inputs) as Tensor;
      return input.add(this.#embedding.read());
    });
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape | Shape[] {
    return inputShape;
  }
}
tf.serialization.registerClass(PositionEmbedding);

/** Adds a learnt vector for each position; goes before the first transformer block. */
export function positionEmbedding(): PositionEmbedding {
  return new PositionEmbedding({});
}
