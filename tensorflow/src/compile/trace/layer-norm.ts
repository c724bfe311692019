import type {Tensor} from '@tensorflow/tfjs-node';
import {tf} from '../../native/index.js';

/** The fields of tfjs's LayerNormalization (tfjs-layers, layers/normalization.ts). */
interface LayerNormalization {
  readonly axis: number | readonly number[];
  readonly epsilon: number;
  readonly gamma?: {read(): Tensor} | null;
  readonly beta?: {read(): Tensor} | null;
  call(inputs: Tensor | Tensor[], kwargs: unknown): Tensor | Tensor[];
}

/**
 * While `trace` runs, layers that normalise their last axis do it with half of tfjs's passes over the data: tfjs repeats
 * mean, variance, gamma and beta to the shape of the input, and differentiates each step by itself.
 */
export function withLeanLayerNorm<T>(trace: () => T): T {
  const layer = tf.layers.layerNormalization({name: 'unused'});
  const prototype = Object.getPrototypeOf(layer) as LayerNormalization;
  const {call} = prototype;
  prototype.call = function (inputs, kwargs) {
    const [x] = [inputs].flat() as [Tensor];
    const axes = [this.axis].flat();
    const isLast = axes.length === 1 && (axes[0] === -1 || axes[0] === x.rank - 1);
    const [gamma, beta] = [this.gamma, this.beta];
    if (!isLast || !gamma || !beta || x.rank < 2) return call.call(this, inputs, kwargs);
    return tf.tidy(() => layerNorm(x, gamma.read(), beta.read(), this.epsilon));
  };
  try {
    return trace();
  } finally {
    prototype.call = call;
  }
}

/** Ba, Kiros, Hinton: Layer Normalization (arXiv:1607.06450), over the last axis, and its gradient. */
function layerNorm(x: Tensor, gamma: Tensor, beta: Tensor, epsilon: number): Tensor {
  const leading = Array.from({length: x.rank - 1}, (_, axis) => axis);
  const normalise = tf.customGrad((...args) => {
    const save = args.pop() as unknown as (tensors: Tensor[]) => void;
    const [input, scale, offset] = args as Tensor[] as [Tensor, Tensor, Tensor];
    const centred = input.sub(input.mean(-1, true));
    const deviation = centred.square().mean(-1, true).add(epsilon).rsqrt();
    const normal = centred.mul(deviation);
    save([normal, deviation, scale]);
    const gradFunc = (dy: Tensor, saved: Tensor[]) => {
      const [normal, deviation, scale] = saved as [Tensor, Tensor, Tensor];
      const weighted = dy.mul(scale);
      const along = normal.mul(weighted.mul(normal).mean(-1, true));
      const dx = weighted.sub(weighted.mean(-1, true)).sub(along).mul(deviation);
      return [dx, dy.mul(normal).sum(leading), dy.sum(leading)];
    };
    return {value: normal.mul(scale).add(offset), gradFunc};
  });
  return normalise(x, gamma, beta);
}
