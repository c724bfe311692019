import {monitorEventLoopDelay} from 'node:perf_hooks';
import {join} from 'node:path';
import {loadSavedModel, type HostTensor, type LoadedModel} from './index.js';
import {writeModels} from './testing/cases.js';

let model: LoadedModel;

beforeAll(async () => {
  const models = await writeModels();
  model = await loadSavedModel(join(models.dir, 'slow'));
}, 120_000);
afterAll(async () => {
  await model.dispose();
});

const steps = (count: number): {steps: HostTensor} => ({
  steps: {dtype: 'int32', shape: [], data: Int32Array.of(count)},
});
// Hours of matrix products: only giving up ends it.
const endless = steps(2 ** 31 - 1);

test('a run past its deadline is given up, and its thread computes no more', async () => {
  await expect(model.run('serving_default', endless, {deadlineMs: 50})).rejects.toMatchObject({
    code: 'DEADLINE_EXCEEDED',
  });
  // Twice as many as there can be threads: if the runs went on in the background, no thread would be left.
  const runs = Array.from({length: 64}, () => model.run('serving_default', endless, {deadlineMs: 20}));
  for (const result of await Promise.allSettled(runs)) {
    expect(result).toMatchObject({status: 'rejected', reason: {code: 'DEADLINE_EXCEEDED'}});
  }
  const {sum} = await model.run('serving_default', steps(1));
  expect(sum?.data[0]).toBeCloseTo(256 * Math.tanh(0.25), 3);
});

test('a run of ops in a row is given up, too, and others go on', async () => {
  const models = await writeModels();
  const products = await loadSavedModel(join(models.dir, 'large'));
  const x = (rows: number): HostTensor => ({
    dtype: 'float32',
    shape: [rows, 2000],
    data: new Float32Array(rows * 2000),
  });
  await expect(products.run('serving_default', {x: x(20_000)}, {deadlineMs: 1})).rejects.toMatchObject({
    code: 'DEADLINE_EXCEEDED',
  });
  expect((await products.run('serving_default', {x: x(1)}))['y']?.shape).toEqual([1, 2000]);
  await products.dispose();
});

test('a deadline that is far away changes nothing', async () => {
  const {sum} = await model.run('serving_default', steps(1), {deadlineMs: 1e12});
  expect(sum?.data[0]).toBeCloseTo(256 * Math.tanh(0.25), 3);
});

test.each([0, -1, NaN])('a deadline of %d ms is over before the run', async deadlineMs => {
  await expect(model.run('serving_default', steps(1), {deadlineMs})).rejects.toMatchObject({code: 'DEADLINE_EXCEEDED'});
});

test('an aborted run rejects at once, with the reason', async () => {
  const abort = new AbortController();
  const run = model.run('serving_default', endless, {signal: abort.signal, deadlineMs: 500});
  abort.abort('the client has gone');
  await expect(run).rejects.toMatchObject({code: 'CANCELLED', cause: 'the client has gone'});
  await expect(model.run('serving_default', steps(1), {signal: abort.signal})).rejects.toMatchObject({
    code: 'CANCELLED',
  });
});

test('the event loop turns while a run computes', async () => {
  const delay = monitorEventLoopDelay({resolution: 1});
  let turns = 0;
  let running = true;
  const run = model.run('serving_default', endless, {deadlineMs: 300}).catch(() => undefined);
  void run.then(() => (running = false));
  delay.enable();
  while (running) {
    await new Promise(resolve => setImmediate(resolve));
    turns++;
  }
  delay.disable();
  // A blocked loop would turn once.
  expect(turns).toBeGreaterThan(100);
});
