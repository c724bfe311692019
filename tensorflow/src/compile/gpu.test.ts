import {tf} from '../native/index.js';
import {expectTwins, table} from '../testing/twins.js';

// `npm run test:gpu` asks for a GPU; on a CPU the other tests beside this one show the same.
const withGpu = process.env['INGOT_DEVICE'] === 'gpu' ? test : test.skip;

// TensorFloat-32 keeps 10 bits of what a product multiplies.
const tolerance = 2e-2;
const images = table([48, 12, 12, 1], 1);
const classes = tf.tidy(() => tf.oneHot(tf.randomUniform([48], 0, 3, 'int32', 2), 3).toFloat());
const sequences = table([48, 10, 2], 3);

withGpu.each([
  [
    'a convnet',
    images,
    () => [
      tf.layers.conv2d({filters: 8, kernelSize: 3, activation: 'relu', inputShape: [12, 12, 1]}),
      tf.layers.maxPooling2d({poolSize: 2}),
      tf.layers.batchNormalization(),
      tf.layers.flatten(),
    ],
  ],
  ['an LSTM', sequences, () => [tf.layers.lstm({units: 8, inputShape: [10, 2]})]],
] as const)('%s trains on the GPU as a graph and gives what it gives op by op', async (_, x, layers) => {
  const make = () => tf.sequential({layers: [...layers(), tf.layers.dense({units: 3, activation: 'softmax'})]});
  const warnings = await expectTwins(
    make,
    async model => {
      model.compile({optimizer: tf.train.sgd(0.05), loss: 'categoricalCrossentropy', metrics: ['accuracy']});
      const {history} = await model.fit(x, classes, {epochs: 4, batchSize: 16, shuffle: false, verbose: 0});
      return {loss: history['loss'] as number[]};
    },
    {tolerance},
  );
  expect(warnings).toEqual([]);
});
