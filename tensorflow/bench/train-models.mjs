/** The models of the training benchmark in tfjs; train.py has the same in Keras. */
import {tf} from '../lib/native/index.js';

/** A layer around a function of tensors. */
class Op extends tf.layers.Layer {
  static className = 'Op';
  constructor({fn, shape}) {
    super({});
    this.fn = fn;
    this.shape = shape;
  }
  computeOutputShape(shape) {
    return this.shape(shape);
  }
  call(inputs) {
    return tf.tidy(() => this.fn(...[inputs].flat()));
  }
}

const HEADS = 4;

function attention(x, d, dropout) {
  const dense = () => tf.layers.dense({units: d}).apply(x);
  const mixed = new Op({
    shape: ([q]) => q,
    fn: (q, k, v) => {
      const [batch, time] = q.shape;
      const heads = t => t.reshape([batch, time, HEADS, d / HEADS]).transpose([0, 2, 1, 3]);
      const weights = tf
        .matMul(heads(q), heads(k), false, true)
        .div(Math.sqrt(d / HEADS))
        .softmax();
      return tf.matMul(weights, heads(v)).transpose([0, 2, 1, 3]).reshape([batch, time, d]);
    },
  }).apply([dense(), dense(), dense()]);
  const out = tf.layers.dense({units: d}).apply(mixed);
  return tf.layers.dropout({rate: dropout}).apply(out);
}

export function transformer({window = 60, d = 64, layers = 2, dropout = 0.1} = {}) {
  const input = tf.input({shape: [window, 1]});
  let x = tf.layers.dense({units: d}).apply(input);
  for (let i = 0; i < layers; i++) {
    x = tf.layers.add().apply([x, attention(tf.layers.layerNormalization().apply(x), d, dropout)]);
    let y = tf.layers.layerNormalization().apply(x);
    y = tf.layers.dense({units: 2 * d, activation: 'relu'}).apply(y);
    y = tf.layers.dropout({rate: dropout}).apply(tf.layers.dense({units: d}).apply(y));
    x = tf.layers.add().apply([x, y]);
  }
  const output = tf.layers.dense({units: 1}).apply(tf.layers.globalAveragePooling1d({}).apply(x));
  return tf.model({inputs: input, outputs: output});
}

const sequential = (...layers) => tf.sequential({layers});

/** By name: the model, the shapes of one batch, and the loss. */
export const MODELS = {
  mlp: {
    x: [30],
    y: [1],
    make: () =>
      sequential(tf.layers.dense({units: 64, activation: 'relu', inputShape: [30]}), tf.layers.dense({units: 1})),
  },
  convnet: {
    x: [28, 28, 1],
    y: [10],
    loss: 'categoricalCrossentropy',
    make: () =>
      sequential(
        tf.layers.conv2d({filters: 16, kernelSize: 3, activation: 'relu', inputShape: [28, 28, 1]}),
        tf.layers.maxPooling2d({poolSize: 2}),
        tf.layers.flatten(),
        tf.layers.dropout({rate: 0.25}),
        tf.layers.dense({units: 10, activation: 'softmax'}),
      ),
  },
  lstm: {
    x: [60, 1],
    y: [1],
    make: () =>
      sequential(
        tf.layers.lstm({units: 32, inputShape: [60, 1], recurrentInitializer: 'glorotUniform'}),
        tf.layers.dense({units: 1}),
      ),
  },
  gru: {
    x: [60, 1],
    y: [1],
    make: () =>
      sequential(
        tf.layers.gru({units: 32, inputShape: [60, 1], recurrentInitializer: 'glorotUniform'}),
        tf.layers.dense({units: 1}),
      ),
  },
  transformer: {x: [60, 1], y: [1], make: () => transformer()},
};
