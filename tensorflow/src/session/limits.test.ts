import {monitorEventLoopDelay} from 'node:perf_hooks';
import {join} from 'node:path';
import {loadSavedModel, type HostTensor, type LoadedModel} from './index.js';
import {writeModels} from './testing/cases.js';
import {STOPS_BETWEEN_OPS} from './testing/stops.js';

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

// Where they go on to their end, that takes minutes.
(STOPS_BETWEEN_OPS ? describe : describe.skip)('ops in a row', () => {
  let row: LoadedModel;
  const matrix = (size: number): {x: HostTensor} => ({
    x: {dtype: 'float32', shape: [size, size], data: new Float32Array(size * size)},
  });
  // Minutes.
  const long = matrix(3000);

  beforeAll(async () => {
    row = await loadSavedModel(join((await writeModels()).dir, 'row'));
    await row.run('serving_default', matrix(1));
  }, 120_000);
  // Waits for what computes.
  afterAll(() => row.dispose());

  test('end at the deadline, and others go on', async () => {
    await expect(row.run('serving_default', long, {deadlineMs: 100})).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
    });
    expect((await row.run('serving_default', matrix(2)))['y']?.data).toEqual(new Float32Array(4));
  });

  test('end with their signal', async () => {
    const abort = new AbortController();
    const run = row.run('serving_default', long, {signal: abort.signal});
    setTimeout(() => abort.abort('the client has gone'), 100);
    await expect(run).rejects.toMatchObject({code: 'CANCELLED', cause: 'the client has gone'});
  });

  test('compute no more once they were given up', async () => {
    const once = await loadSavedModel(join((await writeModels()).dir, 'row'));
    await once.run('serving_default', matrix(1));
    await expect(once.run('serving_default', long, {deadlineMs: 100})).rejects.toThrow();
    await once.dispose();
  });
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
