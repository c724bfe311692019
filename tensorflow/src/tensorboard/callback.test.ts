import type {Tensor} from '@tensorflow/tfjs-node';
import {mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {compile} from '../compile/index.js';
import {tf} from '../native/index.js';
import {tensorBoard} from './callback.js';
import {readBack, readProfile} from './read-back.js';

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

/** A file of the training's run, from the end of its path. */
function fileOf(ending: string): string {
  const files = readdirSync(join(directory, 'train'), {recursive: true, encoding: 'utf8'});
  const found = files.filter(file => file.endsWith(ending));
  expect(found).toHaveLength(1);
  return join(directory, 'train', found[0] as string);
}

test('the batches asked for are recorded for the Profile tab, each with its number and its ops', async () => {
  const callbacks = tensorBoard(directory, {profileBatch: [2, 4], initialStep: 100});
  const settings = {epochs: 2, batchSize: 4, validationSplit: 0.25, verbose: 0, callbacks};
  await compile(smallModel()).fit(x, y, settings);
  const {steps, ops} = readProfile(fileOf('.xplane.pb'));
  expect(steps).toEqual([102, 103, 104]);
  for (const names of ops) expect(names.filter(name => name === 'SessionRun')).toHaveLength(1);
});

test('a training that was broken off leaves the next one its profile', async () => {
  const profileBatch = [0, 9] as const;
  const other = mkdtempSync(join(tmpdir(), 'ingot-tensorboard-'));
  try {
    const interrupted = smallModel().fit(x, y, {
      batchSize: 4,
      verbose: 0,
      callbacks: [
        tensorBoard(other, {profileBatch}),
        new tf.CustomCallback({onBatchEnd: () => Promise.reject('stop')}),
      ],
    });
    await expect(interrupted).rejects.toBe('stop');
    await smallModel().fit(x, y, {batchSize: 4, verbose: 0, callbacks: tensorBoard(directory, {profileBatch})});
    expect(readProfile(fileOf('.xplane.pb')).steps).toEqual([0, 1, 2, 3]);
  } finally {
    rmSync(other, {recursive: true});
  }
});

test('a profile of no batches is refused', () => {
  expect(() => tensorBoard(directory, {profileBatch: [5, 3]})).toThrow('profileBatch is [5, 3]');
});

test('the validation at the end of an epoch is no part of its last step', async () => {
  const calls: number[] = [];
  const model = tf.sequential({layers: [tf.layers.dense({units: 1, inputShape: [1]})]});
  const loss = (truth: Tensor, guess: Tensor) => {
    calls.push(performance.now());
    return truth.sub(guess).square().mean();
  };
  model.compile({optimizer: tf.train.sgd(0.25), loss});
  const callbacks = tensorBoard(directory, {writeGraph: false});
  await model.fit(x, y, {batchSize: 6, validationSplit: 0.25, verbose: 0, callbacks});
  const events = readFileSync(fileOf('.trace.json'), 'utf8').split('\n').slice(1, -1);
  const steps = events
    .map(line => JSON.parse(line.slice(0, -1)) as {cat: string; ts: number; dur: number})
    .filter(({cat}) => cat === 'steps');
  // Two batches, then the validation; in microseconds, rounded.
  expect([steps.length, calls.length]).toEqual([2, 3]);
  const [, last] = steps as [unknown, (typeof steps)[0]];
  expect(last.ts).toBeLessThanOrEqual((calls[1] as number) * 1000 + 1);
  expect(last.ts + last.dur).toBeGreaterThanOrEqual((calls[1] as number) * 1000 - 1);
  expect(last.ts + last.dur).toBeLessThanOrEqual((calls[2] as number) * 1000 + 1);
});
