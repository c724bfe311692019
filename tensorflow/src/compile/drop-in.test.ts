import type {LayersModel, ModelCompileArgs, ModelFitArgs, Tensor, Tensor2D} from '@tensorflow/tfjs-node';
import type * as tfjs from '@tensorflow/tfjs-node';
import {tf} from '../native/index.js';
import {expectTwins, table} from '../testing/twins.js';

const ROWS = 22;
const BATCH = 8; // The last batch of an epoch has 6 rows.
const x = table([ROWS, 4], 1);
const y = tf.tidy(() => table([ROWS, 3], 2).sigmoid());
const sequences = table([ROWS, 5, 2], 3);
const classes = tf.tidy(() => tf.oneHot(tf.randomUniform([ROWS], 0, 3, 'int32', 4), 3).toFloat());

/** tfjs takes more than it declares. */
type FitArgs = Partial<ModelFitArgs> & {readonly validationBatchSize?: number};
type DeclaredData = Parameters<LayersModel['evaluateDataset']>[0];
type Losses = Record<string, number[]>;
type Tensors = Tensor | Tensor[];
type Symbolic = tfjs.SymbolicTensor;

/** What is given to every `fit` here. */
const fitting = (args: FitArgs): ModelFitArgs => ({
  epochs: 4,
  batchSize: BATCH,
  shuffle: false,
  verbose: 0,
  ...args,
});

async function fit(
  model: LayersModel,
  args: FitArgs = {},
  {data = [x, y], ...compiling}: Partial<ModelCompileArgs> & {data?: readonly [Tensors, Tensors]} = {},
): Promise<Losses> {
  model.compile({optimizer: tf.train.adam(0.01), loss: 'meanSquaredError', ...compiling});
  return (await model.fit(...data, fitting(args))).history as Losses;
}

const sequential = (...layers: tfjs.layers.Layer[]): LayersModel => tf.sequential({layers});
const dense = (...between: tfjs.layers.Layer[]): LayersModel =>
  sequential(
    tf.layers.dense({units: 5, activation: 'tanh', inputShape: [4]}),
    ...between,
    tf.layers.dense({units: 3, activation: 'sigmoid'}),
  );
const dataset = (targets = y) =>
  tf.data
    .zip({xs: tf.data.array(x.arraySync() as number[][]), ys: tf.data.array(targets.arraySync() as number[][])})
    .batch(BATCH) as tfjs.data.Dataset<{xs: Tensor; ys: Tensor}>;
const values = (tensors: Tensors): number[] => {
  const all = [tensors].flat().flatMap(tensor => Array.from(tensor.dataSync()));
  tf.dispose(tensors);
  return all;
};

describe('gives what training op by op gives', () => {
  test.each(['accuracy', 'binaryAccuracy', 'categoricalAccuracy', 'precision', 'crossentropy', 'mape', 'cosine'])(
    'with the metric %s, of validation data too',
    async metric => {
      const options = {
        metrics: [metric],
        loss: 'categoricalCrossentropy',
        data: [x, classes],
      } as const;
      const use = (model: LayersModel) =>
        fit(model, {validationData: [x, classes], validationBatchSize: 5}, {...options, metrics: [metric]});
      expect(await expectTwins(dense, use)).toEqual([]);
    },
  );

  test('with a metric of the user and the accuracy of class numbers', async () => {
    const worst = (truth: Tensor, guess: Tensor) => truth.sub(guess).abs().max(-1);
    expect(await expectTwins(dense, model => fit(model, {validationSplit: 0.2}, {metrics: [worst, 'mse']}))).toEqual(
      [],
    );
    const numbers = tf.tidy(() => classes.argMax(1).expandDims(1).toFloat());
    const use = (model: LayersModel) =>
      fit(model, {}, {metrics: ['accuracy'], loss: 'sparseCategoricalCrossentropy', data: [x, numbers]});
    expect(await expectTwins(dense, use)).toEqual([]);
  });

  test('with the moving statistics of batch normalisation, and when they are used', async () => {
    const use = async (model: LayersModel) => {
      const losses = await fit(model, {validationSplit: 0.2});
      return {...losses, evaluated: values(model.evaluate(x, y)), predicted: values(model.predict(x) as Tensor)};
    };
    expect(await expectTwins(() => dense(tf.layers.batchNormalization({momentum: 0.5})), use)).toEqual([]);
  });

  test('when early stopping ends it, alone and in a list', async () => {
    const noise = table([ROWS, 3], 5);
    const stopping = () => tf.callbacks.earlyStopping({monitor: 'val_loss', patience: 1});
    for (const callbacks of [stopping, () => [stopping()]]) {
      const use = async (model: LayersModel) => {
        const losses = await fit(model, {epochs: 30, validationSplit: 0.3, callbacks: callbacks()}, {data: [x, noise]});
        expect(losses['loss']?.length).toBeLessThan(30);
        return losses;
      };
      expect(await expectTwins(dense, use)).toEqual([]);
    }
  });

  test('when weights and optimizer are read after every batch, and weights are set', async () => {
    const use = async (model: LayersModel) => {
      const read: number[] = [];
      const onBatchEnd = async (batch: number) => {
        for (const weight of model.getWeights()) read.push(...weight.dataSync());
        for (const {tensor} of await model.optimizer.getWeights()) read.push(...tensor.dataSync());
        if (batch !== 1) return;
        const halves = model.getWeights().map(weight => weight.div(2));
        model.setWeights(halves);
        tf.dispose(halves);
      };
      // The step count of optimizer.getWeights is a tensor that nobody disposes of.
      const losses = await fit(model, {callbacks: {onBatchEnd}});
      return {...losses, read};
    };
    expect(await expectTwins(dense, use)).toEqual([]);
  });

  test.each([
    ['adam', () => tf.train.adam(0.05)],
    ['momentum', () => tf.train.momentum(0.1, 0.9)],
    ['rmsprop', () => tf.train.rmsprop(0.01)],
  ])('when the state of the optimizer %s is set between two trainings', async (_, optimizer) => {
    const use = async (model: LayersModel) => {
      const first = await fit(model, {}, {optimizer: optimizer()});
      const state = await model.optimizer.getWeights();
      const zeros = state.map(({name, tensor}) => ({
        name,
        tensor: name === 'iter' ? tf.scalar(1, 'int32') : tf.zerosLike(tensor),
      }));
      await model.optimizer.setWeights(zeros);
      const second = (await model.fit(x, y, fitting({}))).history as Losses;
      return {...first, second: second['loss'] ?? []};
    };
    expect(await expectTwins(dense, use)).toEqual([]);
  });

  test('when layers are frozen and thawed between trainings', async () => {
    const use = async (model: LayersModel) => {
      const [first, last] = model.layers as [tfjs.layers.Layer, tfjs.layers.Layer];
      const all = await fit(model);
      first.trainable = false;
      const upper = await fit(model);
      first.trainable = true;
      last.trainable = false;
      const lower = await fit(model);
      last.trainable = true;
      return {...all, upper: upper['loss'] ?? [], lower: lower['loss'] ?? []};
    };
    expect(await expectTwins(dense, use)).toEqual([]);
  });

  test('in two models that share layers, one of which is frozen in turns (a GAN)', async () => {
    const noise = table([ROWS, 2], 6);
    const make = () => {
      const generator = sequential(tf.layers.dense({units: 4, inputShape: [2]}));
      const judge = sequential(
        tf.layers.dense({units: 3, activation: 'relu', inputShape: [4]}),
        tf.layers.dense({units: 1, activation: 'sigmoid'}),
      );
      const input = tf.input({shape: [2]});
      const both = tf.model({inputs: input, outputs: judge.apply(generator.apply(input)) as Symbolic});
      return Object.assign(both, {generator, judge});
    };
    const use = async (model: LayersModel) => {
      const {generator, judge} = model as ReturnType<typeof make>;
      const settings = () => ({optimizer: tf.train.adam(0.01), loss: 'binaryCrossentropy'}) as const;
      judge.compile(settings());
      judge.trainable = false;
      model.compile(settings());
      const [real, forged] = [tf.ones([ROWS, 1]), tf.zeros([ROWS, 1])];
      const losses: number[] = [];
      for (let round = 0; round < 6; round++) {
        const made = generator.predict(noise) as Tensor;
        judge.trainable = true;
        losses.push((await judge.trainOnBatch(x, real)) as number, (await judge.trainOnBatch(made, forged)) as number);
        judge.trainable = false;
        losses.push((await model.trainOnBatch(noise, real)) as number);
        made.dispose();
      }
      tf.dispose([real, forged]);
      return {losses};
    };
    expect(await expectTwins(make, use)).toEqual([]);
  });

  test('with layers used twice, and models within models', async () => {
    const siamese = () => {
      const [a, b] = [tf.input({shape: [4]}), tf.input({shape: [4]})];
      const shared = tf.layers.dense({units: 4, activation: 'relu'});
      const dot = tf.layers.dot({axes: 1}).apply([shared.apply(a) as Symbolic, shared.apply(b) as Symbolic]);
      return tf.model({inputs: [a, b], outputs: dot as Symbolic});
    };
    const [reversed, column] = [x.reverse(0), tf.slice(y as Tensor2D, [0, 0], [ROWS, 1])];
    expect(await expectTwins(siamese, model => fit(model, {}, {data: [[x, reversed], column]}))).toEqual([]);
    const nested = () => {
      const input = tf.input({shape: [4]});
      const sum = tf.layers.add().apply([dense().apply(input), tf.layers.dense({units: 3}).apply(input)] as Symbolic[]);
      return tf.model({inputs: input, outputs: sum as Symbolic});
    };
    expect(await expectTwins(nested, model => fit(model, {validationSplit: 0.3}, {metrics: ['mae']}))).toEqual([]);
  });

  test('with masks: a masking layer, and an embedding of zero', async () => {
    const masked = tf.tidy(() => sequences.mul(tf.concat([tf.ones([ROWS, 3, 1]), tf.zeros([ROWS, 2, 1])], 1)));
    const masking = () => sequential(tf.layers.masking({inputShape: [5, 2]}), tf.layers.gru({units: 3}));
    expect(await expectTwins(masking, model => fit(model, {}, {data: [masked, y]}))).toEqual([]);
    const words = tf.randomUniform([ROWS, 5], 0, 4, 'int32', 7);
    const embedding = () =>
      sequential(
        tf.layers.embedding({inputDim: 4, outputDim: 3, maskZero: true, inputLength: 5}),
        tf.layers.lstm({units: 3}),
      );
    expect(await expectTwins(embedding, model => fit(model, {}, {data: [words, y]}))).toEqual([]);
  });

  test.each([
    [
      'a bidirectional LSTM',
      () => [
        tf.layers.bidirectional({
          layer: tf.layers.lstm({units: 3, returnSequences: true}) as tfjs.RNN,
          mergeMode: 'concat',
          inputShape: [5, 2],
        }),
        tf.layers.globalAveragePooling1d({}),
      ],
    ],
    [
      'stacked cells',
      () => [
        tf.layers.rnn({cell: [tf.layers.lstmCell({units: 3}), tf.layers.gruCell({units: 3})], inputShape: [5, 2]}),
      ],
    ],
    ['a simple RNN', () => [tf.layers.simpleRNN({units: 3, goBackwards: true, inputShape: [5, 2]})]],
    [
      'an RNN over a single step, whose gradient fails in tfjs alone',
      () => [
        tf.layers.reshape({targetShape: [1, 10], inputShape: [5, 2]}),
        tf.layers.gru({units: 3, recurrentInitializer: 'glorotUniform'}),
      ],
    ],
    [
      'a layer over time',
      () => [
        tf.layers.timeDistributed({layer: tf.layers.dense({units: 4, activation: 'swish'}), inputShape: [5, 2]}),
        tf.layers.flatten(),
      ],
    ],
    [
      'regularisers',
      () => [tf.layers.flatten({inputShape: [5, 2]}), tf.layers.dense({units: 3, kernelRegularizer: 'l1l2'})],
    ],
    [
      'constraints',
      () => [
        tf.layers.flatten({inputShape: [5, 2]}),
        tf.layers.dense({units: 3, kernelConstraint: tf.constraints.nonNeg()}),
      ],
    ],
    [
      'convolutions',
      () => [
        tf.layers.reshape({targetShape: [5, 2, 1], inputShape: [5, 2]}),
        tf.layers.separableConv2d({filters: 3, kernelSize: 2}),
        tf.layers.conv2dTranspose({filters: 3, kernelSize: 2}),
        tf.layers.upSampling2d({}),
        tf.layers.flatten(),
      ],
    ],
    [
      'advanced activations',
      () => [tf.layers.flatten({inputShape: [5, 2]}), tf.layers.prelu({}), tf.layers.elu({}), tf.layers.softmax({})],
    ],
  ] as [string, () => tfjs.layers.Layer[]][])('with %s', async (_, layers) => {
    const make = () => sequential(...layers(), tf.layers.dense({units: 3}));
    expect(await expectTwins(make, model => fit(model, {}, {data: [sequences, y]}))).toEqual([]);
  });

  test('on data sets, with validation, early stopping, class weights, and in their evaluation', async () => {
    const use = async (model: LayersModel) => {
      model.compile({optimizer: 'adam', loss: 'categoricalCrossentropy', metrics: ['accuracy']});
      const {history} = await model.fitDataset(dataset(classes), {
        epochs: 4,
        verbose: 0,
        validationData: dataset(classes),
        classWeight: {0: 2, 1: 1, 2: 0.1},
        callbacks: tf.callbacks.earlyStopping({monitor: 'val_loss', patience: 1}),
      });
      const evaluated = await model.evaluateDataset(dataset(classes) as unknown as DeclaredData, {});
      return {...(history as Losses), evaluated: values(evaluated)};
    };
    expect(await expectTwins(dense, use)).toEqual([]);
  });

  test('batch by batch, in turns with every way to evaluate and predict', async () => {
    const use = async (model: LayersModel) => {
      model.compile({optimizer: 'adam', loss: 'meanSquaredError', metrics: ['mae']});
      const seen: number[] = [];
      for (let i = 0; i < 5; i++) {
        seen.push(...((await model.trainOnBatch(x, y)) as number[]));
        seen.push(...values(model.evaluate(x, y, {batchSize: BATCH})));
        const predicted = [model.predictOnBatch(x), model.apply(x), model.predict(x, {batchSize: BATCH})] as Tensor[];
        seen.push(...values(predicted));
      }
      return {seen};
    };
    expect(await expectTwins(dense, use)).toEqual([]);
  });

  test('on sequences whose length changes from batch to batch', async () => {
    const make = () => sequential(tf.layers.simpleRNN({units: 3, inputShape: [null, 2] as unknown as number[]}));
    const use = async (model: LayersModel) => {
      model.compile({optimizer: 'sgd', loss: 'meanSquaredError'});
      const losses: number[] = [];
      for (let i = 0; i < 12; i++) {
        const part = tf.slice(sequences, [0, 0, 0], [ROWS, 1 + (i % 4), 2]);
        losses.push((await model.trainOnBatch(part, y)) as number);
        part.dispose();
      }
      return {losses};
    };
    expect(await expectTwins(make, use)).toEqual([]);
  });

  test('with class weights for one output of two', async () => {
    const make = () => {
      const input = tf.input({shape: [4]});
      const outputs = ['plain', 'weighted'].map(
        name =>
          tf.layers.dense({units: 3, activation: 'softmax', name: `${name}${Math.random()}`}).apply(input) as Symbolic,
      );
      return tf.model({inputs: input, outputs});
    };
    const use = async (model: LayersModel) => {
      const losses = await fit(
        model,
        {classWeight: [null, {0: 3, 1: 1, 2: 0.1}] as unknown as {[label: number]: number}[]},
        {
          loss: 'categoricalCrossentropy',
          data: [x, [classes, classes]],
        },
      );
      return {losses: Object.values(losses).flat()};
    };
    expect(await expectTwins(make, use)).toEqual([]);
  });

  test('on whole numbers', async () => {
    const [numbers, targets] = tf.tidy(() => [x.mul(10).toInt(), y.round().toInt()]) as [Tensor, Tensor];
    expect(await expectTwins(dense, model => fit(model, {}, {data: [numbers, targets]}))).toEqual([]);
  });
});
