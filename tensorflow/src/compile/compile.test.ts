import type {LayersModel, ModelCompileArgs, ModelFitArgs, Tensor} from '@tensorflow/tfjs-node';
import type * as tfjs from '@tensorflow/tfjs-node';
import {tf} from '../native/index.js';
import {expectClose} from '../testing/twins.js';
import {compile, uncompile} from './index.js';

const ROWS = 22;
const BATCH = 8; // The last batch of an epoch has 6 rows.
const x = tf.randomNormal([ROWS, 4], 0, 1, 'float32', 1);
const y = tf.randomUniform([ROWS, 3], 0, 1, 'float32', 2);
const classes = tf.oneHot(tf.randomUniform([ROWS], 0, 3, 'int32', 3), 3);
const warnings: string[] = [];
const warn = (message: string) => warnings.push(message);
beforeEach(() => warnings.splice(0));

function denseModel(): LayersModel {
  return tf.sequential({
    layers: [
      tf.layers.dense({units: 5, activation: 'tanh', inputShape: [4]}),
      tf.layers.dense({units: 3, activation: 'sigmoid'}),
    ],
  });
}

/** Trains two copies of a model, op by op and as graphs; gives both and their histories. */
async function twins(
  make: () => LayersModel,
  args: () => ModelCompileArgs,
  fitArgs: () => ModelFitArgs = () => ({}),
  data: readonly [Tensor | Tensor[], Tensor | Tensor[]] = [x, y],
) {
  const models = [make(), make()] as const;
  models[1].setWeights(models[0].getWeights());
  const histories = [];
  for (const [i, model] of models.entries()) {
    model.compile(args());
    if (i === 0) uncompile(model);
    else compile(model, {warn});
    const defaults = {epochs: 4, batchSize: BATCH, shuffle: false, verbose: 0};
    histories.push((await model.fit(...data, {...defaults, ...fitArgs()})).history);
  }
  return {eager: models[0], compiled: models[1], histories};
}

function expectTwins({eager, compiled, histories}: Awaited<ReturnType<typeof twins>>) {
  expect(warnings).toEqual([]);
  const [first, second] = histories;
  expect(Object.keys(second ?? {})).toEqual(Object.keys(first ?? {}));
  for (const [key, values] of Object.entries(first ?? {})) expectClose(second?.[key] as number[], values as number[]);
  const weights = compiled.getWeights();
  eager.getWeights().forEach((weight, i) => expectClose(weights[i]?.dataSync() ?? [], weight.dataSync(), 1e-3));
}

describe('training as graphs gives what training op by op gives', () => {
  test.each([
    ['sgd', () => tf.train.sgd(0.1)],
    ['momentum', () => tf.train.momentum(0.1, 0.9)],
    ['Nesterov momentum', () => tf.train.momentum(0.1, 0.9, true)],
    ['adam', () => tf.train.adam(0.01)],
    ['adamax', () => tf.train.adamax(0.01, 0.9, 0.999, 1e-7, 0.1)],
    ['adadelta', () => tf.train.adadelta(0.5)],
    ['adagrad', () => tf.train.adagrad(0.1)],
    ['rmsprop', () => tf.train.rmsprop(0.01)],
    ['centered rmsprop with momentum', () => tf.train.rmsprop(0.001, 0.9, 0.5, 1e-12, true)],
  ])('with the optimizer %s', async (_, optimizer) =>
    expectTwins(await twins(denseModel, () => ({optimizer: optimizer(), loss: 'meanSquaredError', metrics: ['mae']}))),
  );

  test.each([
    ['meanSquaredError', y],
    ['meanAbsoluteError', y],
    ['meanAbsolutePercentageError', y],
    ['meanSquaredLogarithmicError', y],
    ['squaredHinge', y],
    ['hinge', y],
    ['categoricalHinge', classes],
    ['logcosh', y],
    ['categoricalCrossentropy', classes],
    ['sparseCategoricalCrossentropy', tf.tidy(() => classes.argMax(1).toFloat().reshape([ROWS, 1]))],
    ['binaryCrossentropy', classes],
    ['kullbackLeiblerDivergence', y],
    ['poisson', y],
    ['cosineProximity', y],
  ])('with the loss %s', async (loss, targets) =>
    expectTwins(await twins(denseModel, () => ({optimizer: tf.train.sgd(0.05), loss}), undefined, [x, targets])),
  );

  test('with a loss of the user, metrics, a validation split and class weights', async () => {
    const pinball = (truth: Tensor, guess: Tensor) => {
      const error = truth.sub(guess);
      return tf.maximum(error.mul(0.9), error.mul(-0.1)).mean();
    };
    expectTwins(
      await twins(
        denseModel,
        () => ({optimizer: tf.train.adam(0.01), loss: pinball, metrics: ['mse', 'mae']}),
        () => ({validationSplit: 0.3}),
      ),
    );
    expectTwins(
      await twins(
        denseModel,
        () => ({optimizer: tf.train.adam(0.01), loss: 'categoricalCrossentropy', metrics: ['accuracy']}),
        () => ({classWeight: {0: 1, 1: 5, 2: 0.5}}),
        [x, classes],
      ),
    );
  });

  test('with a weight for each sample, which tfjs alone refuses', async () => {
    const weights = tf.tensor1d(Array.from({length: ROWS}, (_, i) => (i % 2 === 0 ? 2 : 0)));
    const args = () => ({optimizer: tf.train.sgd(0.1), loss: 'meanSquaredError'});
    const weighted = await twins(denseModel, args, () => ({sampleWeight: weights, validationSplit: 0.2}));
    expectTwins(weighted);
    // Rows of weight 0 teach nothing, whatever they hold.
    const noise = y.add(weights.equal(0).toFloat().expandDims(1).mul(1000));
    const model = denseModel();
    model.setWeights(weighted.eager.getWeights());
    const other = denseModel();
    other.setWeights(weighted.eager.getWeights());
    for (const [each, targets] of [
      [model, y],
      [other, noise],
    ] as const) {
      each.compile(args());
      compile(each, {warn});
      await each.fit(x, targets, {epochs: 3, batchSize: BATCH, verbose: 0, shuffle: false, sampleWeight: weights});
    }
    model.getWeights().forEach((weight, i) => expectClose(other.getWeights()[i]?.dataSync() ?? [], weight.dataSync()));
    await expect(model.fit(x, y, {sampleWeight: tf.ones([3])})).rejects.toThrow('must be a tensor of shape [22]');
  });

  test('with several inputs and outputs, regularisers and moving statistics', async () => {
    const make = () => {
      const inputs = [tf.input({shape: [4]}), tf.input({shape: [3]})] as const;
      const dense = tf.layers.dense({units: 6, kernelRegularizer: tf.regularizers.l1l2({l1: 0.01, l2: 0.01})});
      const joined = tf.layers.concatenate().apply([dense.apply(inputs[0]) as tfjs.SymbolicTensor, inputs[1]]);
      const normal = tf.layers.batchNormalization({}).apply(joined) as tfjs.SymbolicTensor;
      const outputs = [3, 1].map(
        (units, i) => tf.layers.dense({units, name: `out${i}`}).apply(normal) as tfjs.SymbolicTensor,
      );
      return tf.model({inputs: [...inputs], outputs});
    };
    const result = await twins(
      make,
      () => ({optimizer: tf.train.adam(0.01), loss: ['meanSquaredError', 'meanAbsoluteError'], metrics: ['mae']}),
      undefined,
      [
        [x, y],
        [y, tf.slice(x, [0, 0], [ROWS, 1])],
      ],
    );
    const values = (history: object | undefined) => Object.values(history ?? {}) as number[][];
    values(result.histories[0]).forEach((expected, i) =>
      expectClose(values(result.histories[1])[i] as number[], expected),
    );
    expect(warnings).toEqual([]);
  });

  test.each([
    ['lstm', () => tf.layers.lstm({units: 3, inputShape: [4, 1]})],
    [
      'gru with a clipped activation',
      () => tf.layers.gru({units: 3, inputShape: [4, 1], recurrentActivation: 'hardSigmoid'}),
    ],
    ['conv1d', () => tf.layers.conv1d({filters: 2, kernelSize: 2, activation: 'relu', inputShape: [4, 1]})],
    ['layer normalisation', () => tf.layers.layerNormalization({inputShape: [4, 1]})],
    ['attention heads', () => tf.layers.dense({units: 4, activation: 'softmax', inputShape: [4, 1]})],
  ])('with %s', async (_, layer) => {
    const make = () => tf.sequential({layers: [layer(), tf.layers.flatten({}), tf.layers.dense({units: 3})]});
    const flatMake = () => tf.sequential({layers: [layer(), tf.layers.dense({units: 3})]});
    const is3d =
      layer()
        .getClassName()
        .match(/LSTM|GRU/) === null;
    expectTwins(
      await twins(
        is3d ? make : flatMake,
        () => ({optimizer: tf.train.adam(0.01), loss: 'meanSquaredError'}),
        undefined,
        [x.reshape([ROWS, 4, 1]), y],
      ),
    );
  });

  test('when the learning rate changes between epochs', async () => {
    for (const optimizer of [() => tf.train.sgd(0.2), () => tf.train.adam(0.05)]) {
      expectTwins(
        await twins(
          denseModel,
          () => ({optimizer: optimizer(), loss: 'meanSquaredError'}),
          () => {
            const callback = new (class extends tf.Callback {
              override async onEpochBegin(epoch: number) {
                const held = (
                  this as unknown as {model: {optimizer: {learningRate: number; setLearningRate?(rate: number): void}}}
                ).model;
                if (held.optimizer.setLearningRate) held.optimizer.setLearningRate(0.2 / (epoch + 1));
                else held.optimizer.learningRate = 0.05 / (epoch + 1);
              }
            })();
            return {callbacks: [callback]};
          },
        ),
      );
    }
  });
});

describe('a compiled model', () => {
  const fitArgs = {epochs: 3, batchSize: 11, verbose: 0, shuffle: false};
  async function trained(layers: tfjs.layers.Layer[]) {
    const model = compile(tf.sequential({layers}), {warn});
    model.compile({optimizer: 'adam', loss: 'meanSquaredError'});
    await model.fit(x, y, fitArgs);
    return model;
  }

  test('gives and takes weights at any time', async () => {
    const model = await trained([tf.layers.dense({units: 3, inputShape: [4]})]);
    const held = model.getWeights()[0]?.clone();
    const before = held?.dataSync().slice() ?? [];
    await model.fit(x, y, fitArgs);
    expect(held?.dataSync()).toEqual(before);
    expect(model.getWeights()[0]?.dataSync()).not.toEqual(before);
    model.setWeights([tf.zeros([4, 3]), tf.zeros([3])]);
    const {history} = await model.fit(x, y, {...fitArgs, epochs: 1});
    expect(history['loss']?.[0]).toBeCloseTo(y.square().mean().dataSync()[0] as number, 1);
  });

  test('predicts and evaluates with the weights of its last step', async () => {
    const model = await trained([tf.layers.dense({units: 3, inputShape: [4]})]);
    for (let round = 0; round < 3; round++) {
      await model.fit(x, y, {...fitArgs, epochs: 1});
      const [kernel, bias] = model.getWeights() as [tfjs.Tensor2D, Tensor];
      const expected = tf.matMul(x as tfjs.Tensor2D, kernel).add(bias);
      expectClose((model.predict(x, {batchSize: 11}) as Tensor).dataSync(), expected.dataSync());
      const loss = model.evaluate(x, y, {batchSize: 11}) as Tensor;
      expectClose(loss.dataSync(), expected.sub(y).square().mean().dataSync());
    }
    expect(warnings).toEqual([]);
  });

  test('drops out other units in every step, and the same again with the same seed', async () => {
    const losses = async (seed?: number) => {
      const layer = tf.layers.dropout({rate: 0.5, inputShape: [4], ...(seed !== undefined && {seed})});
      const model = compile(tf.sequential({layers: [layer, tf.layers.dense({units: 3, kernelInitializer: 'ones'})]}), {
        warn,
      });
      model.compile({optimizer: tf.train.sgd(0), loss: 'meanSquaredError'});
      return (await model.fit(x, y, {...fitArgs, batchSize: ROWS, epochs: 8})).history['loss'] as number[];
    };
    const seeded = await losses(7);
    expect(new Set(seeded.slice(2)).size).toBe(6);
    expect(await losses(7)).toEqual(seeded);
    expect(new Set(await losses()).size).toBe(8);
    expect(warnings).toEqual([]);
  });

  test('adds noise of the same size as op by op', async () => {
    const model = compile(
      tf.sequential({
        layers: [
          tf.layers.gaussianNoise({stddev: 0.5, inputShape: [1000]}),
          tf.layers.dense({units: 1, kernelInitializer: 'ones', trainable: true}),
        ],
      }),
      {warn},
    );
    model.compile({optimizer: tf.train.sgd(0), loss: 'meanSquaredError'});
    const {history} = await model.fit(tf.zeros([64, 1000]), tf.zeros([64, 1]), {epochs: 12, batchSize: 64, verbose: 0});
    const compiledLosses = (history['loss'] as number[]).slice(2);
    const mean = compiledLosses.reduce((sum, loss) => sum + loss, 0) / compiledLosses.length;
    // The sum of 1000 draws has the variance 250; the mean of 640 such squares is within 5 standard errors of it.
    expect(Math.abs(mean - 250)).toBeLessThan(250 * 5 * Math.sqrt(2 / 640));
  });

  test('leaks no tensor', async () => {
    const model = await trained([tf.layers.dense({units: 3, inputShape: [4]})]);
    tf.dispose(model.predict(x));
    tf.dispose(model.predict(x));
    const {numTensors} = tf.memory();
    await model.fit(x, y, fitArgs);
    tf.dispose(model.predict(x));
    expect(tf.memory().numTensors).toBe(numTensors);
  });

  test('stops when told, trains by the batch and on data sets', async () => {
    const model = await trained([tf.layers.dense({units: 3, inputShape: [4]})]);
    const {epoch} = await model.fit(x, y, {
      ...fitArgs,
      epochs: 9,
      callbacks: {onEpochEnd: epoch => void (epoch === 1 && (model.stopTraining = true))},
    });
    expect(epoch).toHaveLength(2);
    const losses: number[] = [];
    for (let i = 0; i < 5; i++) losses.push((await model.trainOnBatch(x, y)) as number);
    expect([...losses].sort((a, b) => b - a)).toEqual(losses);
    const data = tf.data
      .zip({xs: tf.data.array(x.arraySync() as number[][]), ys: tf.data.array(y.arraySync() as number[][])})
      .batch(11);
    const {history} = await model.fitDataset(data, {epochs: 3, verbose: 0});
    expect(history['loss']?.[2]).toBeLessThan(losses[0] as number);
    expect(warnings).toEqual([]);
  });

  test.each([
    ['as graphs', (model: LayersModel) => void compile(model)],
    ['op by op', uncompile],
  ])('ends between two batches when its cell is interrupted, %s', async (_, mode) => {
    const model = await trained([tf.layers.dense({units: 3, inputShape: [4]})]);
    mode(model);
    const controller = new AbortController();
    const port = Symbol.for('ingot.interrupt');
    const global = globalThis as unknown as Record<symbol, unknown>;
    global[port] = {signal: controller.signal};
    try {
      const running = model.fit(x, y, {
        ...fitArgs,
        epochs: 99,
        callbacks: {onEpochEnd: epoch => void (epoch === 2 && controller.abort(new Error('interrupted')))},
      });
      await expect(running).rejects.toThrow('interrupted');
    } finally {
      delete global[port];
    }
    await model.fit(x, y, fitArgs);
  });
});
