import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {tf} from '../native/index.js';
import {tensorBoard} from './callback.js';
import {readBack} from './read-back.js';

let directory: string;
beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'ingot-tensorboard-'))));
afterEach(() => rmSync(directory, {recursive: true}));

const x = tf.linspace(0, 1, 16).reshape([16, 1]);
const y = x.mul(2);
function smallModel() {
  const model = tf.sequential({layers: [tf.layers.dense({units: 1, inputShape: [1]})]});
  model.compile({optimizer: tf.train.sgd(0.25), loss: 'meanSquaredError', metrics: ['mae']});
  return model;
}

test('fit writes losses, metrics and the learning rate of every epoch and batch, the validation apart', async () => {
  const {history} = await smallModel().fit(x, y, {
    epochs: 3,
    batchSize: 4,
    validationSplit: 0.25,
    verbose: 0,
    callbacks: tensorBoard(directory),
  });
  const train = readBack(join(directory, 'train')).values;
  const validation = readBack(join(directory, 'validation')).values;
  expect(Object.keys(train)).toEqual(
    expect.arrayContaining(['batch_loss', 'batch_mae', 'epoch_learning_rate', 'epoch_loss', 'epoch_mae']),
  );
  expect(Object.keys(validation).sort()).toEqual(['epoch_loss', 'epoch_mae']);
  expect(train['epoch_loss']?.points.map(([, value]) => value)).toEqual(
    history['loss']?.map(loss => Math.fround(loss as number)),
  );
  expect(validation['epoch_loss']?.points.map(([, value]) => value)).toEqual(
    history['val_loss']?.map(loss => Math.fround(loss as number)),
  );
  expect(train['batch_loss']?.points.map(([step]) => step)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  expect(train['epoch_learning_rate']?.points[0]).toEqual([0, 0.25]);
});

test('it works in a list behind a plain callback, and every n batches', async () => {
  let epochs = 0;
  const model = smallModel();
  await model.fit(x, y, {
    epochs: 2,
    batchSize: 4,
    verbose: 0,
    callbacks: [{onEpochEnd: () => void epochs++}, tensorBoard(directory, {updateFreq: 3, model})],
  });
  const {values} = readBack(join(directory, 'train'));
  expect(epochs).toBe(2);
  expect(values['batch_loss']?.points.map(([step]) => step)).toEqual([0, 3, 6]);
  expect(values['epoch_learning_rate']?.points).toHaveLength(2);
});

test('a folder that cannot be written ends the logs, not the training', async () => {
  writeFileSync(join(directory, 'file'), '');
  const warnings: string[] = [];
  const callbacks = tensorBoard(join(directory, 'file'), {warn: message => warnings.push(message)});
  const {epoch} = await smallModel().fit(x, y, {epochs: 2, verbose: 0, callbacks});
  expect(epoch).toHaveLength(2);
  expect(warnings).toHaveLength(1);
  expect(warnings[0]).toContain('the training goes on');
});
