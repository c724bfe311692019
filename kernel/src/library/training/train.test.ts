import {mkdtemp, readdir, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {tf} from '@ingot/tensorflow';
import {DISPLAY_PORT, type DisplayPort, type MimeBundle} from '../../display/seam.js';
import {InterruptedError, Interrupts, INTERRUPT_PORT} from '../../execution/interrupts.js';
import type {ExampleStream} from './options.js';
import {train} from './train.js';

interface Globals {
  [DISPLAY_PORT]?: DisplayPort;
  [INTERRUPT_PORT]?: Interrupts;
}
const globals = globalThis as Globals;

let folder: string;
let shown: {bundle: MimeBundle; id: string | undefined; update: boolean | undefined}[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ingot-train-'));
  process.env['INGOT_LOGS_DIR'] = folder;
  process.env['INGOT_HOME'] = folder;
  shown = [];
  globals[DISPLAY_PORT] = {
    display: (bundle, options) => void shown.push({bundle, id: options?.displayId, update: options?.update}),
    clear: () => undefined,
  };
});
afterEach(async () => {
  delete process.env['INGOT_LOGS_DIR'];
  delete process.env['INGOT_HOME'];
  delete globals[DISPLAY_PORT];
  delete globals[INTERRUPT_PORT];
  await rm(folder, {recursive: true});
});

function line(learningRate = 0.1) {
  const model = tf.sequential({layers: [tf.layers.dense({units: 1, inputShape: [1], kernelInitializer: 'zeros'})]});
  model.compile({optimizer: tf.train.sgd(learningRate), loss: 'meanSquaredError'});
  return model;
}
const x = tf.linspace(-1, 1, 64).reshape([64, 1]);
const y = x.mul(3).add(1);
const validation = {x: tf.tensor2d([[0.5]]), y: tf.tensor2d([[2.5]])};

test('a training shows one chart that is updated, ends with its outcome, and leaves a TensorBoard run', async () => {
  const run = await train(line(), {name: 'line', x, y, validation, epochs: 5});
  expect(run.loss).toHaveLength(5);
  expect(run.validationLoss).toHaveLength(6);
  expect(run.loss[4]).toBeLessThan(run.loss[0] ?? 0);
  expect(run.compiled).toBe(true);
  expect(await readdir(join(folder, run.run))).toEqual([expect.stringMatching(/^events/), 'train', 'validation']);
  expect(new Set(shown.map(({id}) => id)).size).toBe(1);
  expect(shown[0]?.update).toBe(false);
  expect(shown.at(-1)?.update).toBe(true);
  expect(shown.at(-1)?.bundle['text/plain']).toContain('epoch 5 of 5');
  expect(shown.at(-1)?.bundle['image/svg+xml']).toContain('Kept epoch 5: validation loss');
});

test('the best epoch is kept, and training stops once it gets no better', async () => {
  // A learning rate too high: the loss falls at no epoch, so the untrained weights are the best.
  const model = line(30);
  const run = await train(model, {name: 'line', x, y, validation, epochs: 50, patience: 3});
  expect(run.keptEpoch).toBe(0);
  expect(run.epochs).toBe(3);
  expect(run.outcome).toContain('did not better the untrained model');
  expect(model.getWeights().map(weight => weight.dataSync()[0])).toEqual([0, 0]);
});

test('the kept weights give the loss that the run reports', async () => {
  const model = line(0.6);
  const run = await train(model, {name: 'line', x, y, validation, epochs: 12});
  const loss = (model.evaluate(validation.x, validation.y) as {dataSync(): Float32Array}).dataSync()[0];
  expect(loss).toBe(run.metrics['validation_loss']);
  expect(loss).toBe(Math.min(...run.validationLoss));
});

test.each([true, false])(
  'an interrupt stops between two batches and keeps the weights (compiled: %p)',
  async compiled => {
    const interrupts = new Interrupts();
    globals[INTERRUPT_PORT] = interrupts;
    const model = line();
    let batches = 0;
    const press = new tf.CustomCallback({
      onBatchEnd: async () => {
        if (++batches === 5) interrupts.interrupt();
      },
    });
    const training = train(model, {name: 'line', x, y, validation, epochs: 100_000, callbacks: [press], compiled});
    await expect(training).rejects.toBeInstanceOf(InterruptedError);
    expect(batches).toBeLessThan(8);
    expect(shown.at(-1)?.bundle['text/plain']).toContain('Interrupted');
    expect(model.getWeights().every(weight => weight.dataSync().every(Number.isFinite))).toBe(true);
  },
);

test('a stream of batches trains as the same data in memory do, and tells the time left after its first epoch', async () => {
  const rows = () =>
    tf.data.zip({xs: tf.data.array(x.arraySync() as number[][]), ys: tf.data.array(y.arraySync() as number[][])});
  const whole = await train(line(), {name: 'line', x, y, validation, epochs: 3, batchSize: 16, shuffle: false});
  const stream = rows().batch(16) as ExampleStream['stream'];
  const streamed = await train(line(), {name: 'line', stream, validation, epochs: 3});
  expect(streamed.loss).toEqual(whole.loss);
  expect(streamed.validationLoss).toEqual(whole.validationLoss);
  const endless = rows().repeat().batch(16) as ExampleStream['stream'];
  expect((await train(line(), {name: 'line', stream: endless, batchesPerEpoch: 4, epochs: 3})).loss).toEqual(
    whole.loss,
  );
});

test('what was interrupted goes on without a checkpoint having been due, and counts no epoch that was broken off', async () => {
  const interrupts = new Interrupts();
  globals[INTERRUPT_PORT] = interrupts;
  let batches = 0;
  const press = new tf.CustomCallback({
    onBatchEnd: async () => {
      if (++batches === 9) interrupts.interrupt();
    },
  });
  const model = line();
  const options = {name: 'line', x, y, validation, batchSize: 16, shuffle: false};
  await expect(train(model, {...options, callbacks: [press]})).rejects.toBeInstanceOf(InterruptedError);
  interrupts.begin();
  const run = await train(model, {...options, epochs: 3, resume: true});
  expect([run.loss.length, run.validationLoss.length]).toEqual([3, 4]);
  expect(await readdir(join(folder, 'line'))).toHaveLength(1);
});

test('targets with a dimension less than the outputs are repeated', async () => {
  const model = tf.sequential({
    layers: [tf.layers.dense({units: 4, inputShape: [1]}), tf.layers.reshape({targetShape: [2, 2]})],
  });
  model.compile({optimizer: 'sgd', loss: 'meanSquaredError'});
  const run = await train(model, {name: 'pairs', x, y: tf.concat([y, y], 1), epochs: 2});
  expect(run.loss.every(Number.isFinite)).toBe(true);
});

test('trainings leave no tensors behind', async () => {
  const model = line();
  const options = {name: 'line', x, y, validation, epochs: 2};
  await train(model, options);
  const before = tf.memory().numTensors;
  await train(model, options);
  await train(model, options);
  expect(tf.memory().numTensors).toBe(before);
});

test('a name that could name no folder is refused before anything is trained', async () => {
  await expect(train(line(), {name: '../gold', x, y})).rejects.toThrow('"../gold" cannot name a model');
});
