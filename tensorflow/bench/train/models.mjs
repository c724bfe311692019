/** The models of the training benchmark in tfjs, any instance of it; keras-peer.py has the same in Keras. */

const BATCH = 32;
const HEADS = 4;

function attention(tf, x, d, dropout) {
  const Op = opLayer(tf);
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

function transformer(tf, {window = 60, d = 64, layers = 2, dropout = 0.1} = {}) {
  const input = tf.input({shape: [window, 1]});
  let x = tf.layers.dense({units: d}).apply(input);
  for (let i = 0; i < layers; i++) {
    x = tf.layers.add().apply([x, attention(tf, tf.layers.layerNormalization().apply(x), d, dropout)]);
    let y = tf.layers.layerNormalization().apply(x);
    y = tf.layers.dense({units: 2 * d, activation: 'relu'}).apply(y);
    y = tf.layers.dropout({rate: dropout}).apply(tf.layers.dense({units: d}).apply(y));
    x = tf.layers.add().apply([x, y]);
  }
  const output = tf.layers.dense({units: 1}).apply(tf.layers.globalAveragePooling1d({}).apply(x));
  return tf.model({inputs: input, outputs: output});
}

/** By name: the model, the shapes of one row, and the loss. */
export const MODELS = {
  mlp: {
    x: [30],
    y: [1],
    make: tf =>
      sequential(tf, tf.layers.dense({units: 64, activation: 'relu', inputShape: [30]}), tf.layers.dense({units: 1})),
  },
  convnet: {
    x: [28, 28, 1],
    y: [10],
    loss: 'categoricalCrossentropy',
    make: tf =>
      sequential(
        tf,
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
    make: tf =>
      sequential(
        tf,
        tf.layers.lstm({units: 32, inputShape: [60, 1], recurrentInitializer: 'glorotUniform'}),
        tf.layers.dense({units: 1}),
      ),
  },
  gru: {
    x: [60, 1],
    y: [1],
    make: tf =>
      sequential(
        tf,
        tf.layers.gru({units: 32, inputShape: [60, 1], recurrentInitializer: 'glorotUniform'}),
        tf.layers.dense({units: 1}),
      ),
  },
  transformer: {x: [60, 1], y: [1], make: tf => transformer(tf)},
};

const sequential = (tf, ...layers) => tf.sequential({layers});

/** The class of layers around a function of tensors. */
function opLayer(tf) {
  return class Op extends tf.layers.Layer {
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
  };
}

/** A model of the table, ready to be trained. */
export function compiledModel(tf, name) {
  const {make, loss = 'meanSquaredError'} = MODELS[name];
  const model = make(tf);
  model.compile({optimizer: tf.train.adam(0.001), loss});
  return model;
}

/** An epoch of `fit` over so many batches; gives the milliseconds of a step, by the clock and of the processor. */
export function epochOf(tf, model, name, steps) {
  const {x, y, loss} = MODELS[name];
  const rows = BATCH * steps;
  const inputs = tf.randomNormal([rows, ...x]);
  const isClasses = loss === 'categoricalCrossentropy';
  const targets = isClasses ? tf.oneHot(tf.randomUniform([rows], 0, 10, 'int32'), 10) : tf.randomNormal([rows, ...y]);
  return async () => {
    const cpu = process.cpuUsage();
    const wall = performance.now();
    await model.fit(inputs, targets, {batchSize: BATCH, epochs: 1, verbose: 0});
    const {user, system} = process.cpuUsage(cpu);
    return {wall: (performance.now() - wall) / steps, cpu: (user + system) / 1000 / steps};
  };
}
