import {compile} from '../compile/index.js';
import {tf} from '../native/index.js';
import {encodeImage, SummaryWriter, tensorBoard} from '../tensorboard/index.js';
import {table} from './twins.js';

/**
 * Trains for TensorBoard, for ever: `node train-with-tensorboard.js FOLDER FIRST_STEP`. What a user may write is written
 * once, then each epoch adds to it, with writers that stand open and with new ones. Prints a line for each epoch.
 */
const [folder, first] = [process.argv[2] as string, Number(process.argv[3] ?? 0)];
const [x, y] = [table([64, 8], 1), tf.tidy(() => table([64, 2], 2).sigmoid())];
const model = compile(
  tf.sequential({
    layers: [
      tf.layers.dense({units: 16, activation: 'relu', inputShape: [8], name: 'hidden'}),
      tf.layers.dropout({rate: 0.1}),
      tf.layers.dense({units: 2, activation: 'sigmoid', name: 'chances'}),
    ],
  }),
);
model.compile({optimizer: tf.train.adam(0.01), loss: 'binaryCrossentropy', metrics: ['mae']});

const writer = new SummaryWriter(`${folder}/train`);
writer.text('note', '**Ingot** trains', 0);
writer.image('pixels', await encodeImage(tf.tidy(() => tf.linspace(0, 1, 64).reshape([8, 8, 1]))), 0);
writer.prCurve('chances', [1, 0, 1, 0], [0.9, 0.6, 0.5, 0], 0);
writer.embedding({
  name: 'words',
  vectors: (await table([20, 3], 3).array()) as number[][],
  labels: 'abcdefghijklmnopqrst'.split(''),
});

await model.fit(x, y, {
  epochs: 100_000,
  batchSize: 32,
  validationSplit: 0.25,
  verbose: 0,
  callbacks: [
    tensorBoard(folder, {
      initialStep: first,
      histogramFreq: 1,
      sample: {x, y},
      hparams: {units: 16, optimizer: 'adam', learning_rate: 0.01},
      model,
    }),
    new tf.CustomCallback({
      onEpochEnd: async epoch => {
        console.log(epoch);
        writer.scalar('from_the_start', epoch, epoch);
        const late = new SummaryWriter(`${folder}/train`);
        late.scalar('from_the_epoch', epoch, epoch);
        late.close();
        await new Promise(resolve => setTimeout(resolve, 200));
      },
    }),
  ],
});
