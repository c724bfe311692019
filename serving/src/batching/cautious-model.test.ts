import type {HostTensor, LoadedModel, TensorSpec} from '@ingot/tensorflow/session';
import {CautiousModel} from './cautious-model.js';

type Rows = number[][];
type Answer = (rows: Rows) => Rows;

const spec = (dtype: TensorSpec['dtype'], shape: number[]): TensorSpec => ({dtype, shape, tensorName: 'x:0'});

/** A model of one signature whose answer is worked out from rows of numbers. */
function model(answer: Answer): LoadedModel {
  return {
    signatures: {s: {methodName: '', inputs: {x: spec('float32', [-1, 2])}, outputs: {y: spec('float32', [-1, 2])}}},
    async run(_signature, inputs) {
      const {shape, data} = inputs['x'] as HostTensor;
      const count = shape[0] ?? 0;
      const rows = Array.from({length: count}, (_, row) => [Number(data[row * 2]), Number(data[row * 2 + 1])]);
      const flat = answer(rows).flat();
      return {y: {dtype: 'float32', shape: [count, 2], data: Float32Array.from(flat)}};
    },
    dispose: async () => undefined,
  };
}
const input = (...rows: Rows) => ({
  x: {dtype: 'float32', shape: [rows.length, 2], data: Float32Array.from(rows.flat())} as const,
});

/** Asks one row after the other, and tells how many of them went through batching in the end. */
async function ask(answer: Answer, ...rows: Rows): Promise<{batched: number; dependent: string[]}> {
  let batched = 0;
  const alone = model(answer);
  const counting: LoadedModel = {
    ...alone,
    run: (...args) => {
      batched++;
      return alone.run(...args);
    },
  };
  const cautious = new CautiousModel(alone, counting, alone, () => undefined);
  for (const row of rows) {
    expect((await cautious.run('s', input(row)))['y']?.data).toEqual(Float32Array.from(answer([row]).flat()));
    // A trial is over after a few turns: these models compute at once.
    for (let i = 0; i < 20; i++) await new Promise(resolve => setImmediate(resolve));
  }
  return {batched, dependent: [...cautious.dependent]};
}

const mean = (rows: Rows, i: number): number => rows.reduce((sum, row) => sum + (row[i] ?? 0), 0) / rows.length;
const centred: Answer = rows => rows.map(row => row.map((value, i) => value - mean(rows, i)));
const halved: Answer = rows => rows.map(row => row.map(value => value / 2));
const FIVE = Array.from({length: 5}, (_, i) => [i, 10 - i]);

test('a model that answers row by row is batched from its second request on', async () => {
  expect(await ask(halved, ...FIVE)).toEqual({batched: 4, dependent: []});
});

test('a sum in another order is no other answer', async () => {
  const rounded: Answer = rows => rows.map(row => row.map(value => value * (rows.length === 1 ? 1 : 1 + 1e-6)));
  expect(await ask(rounded, ...FIVE)).toMatchObject({dependent: []});
});

test('a model that computes over the batch is never batched', async () => {
  expect(await ask(centred, ...FIVE)).toEqual({batched: 0, dependent: ['s']});
});

test('it is found out though all clients send the same at first', async () => {
  expect(await ask(centred, ...Array.from({length: 5}, () => [3, 3]), [4, 5])).toEqual({batched: 0, dependent: ['s']});
});

test('a model that fails for two rows is never given two', async () => {
  const single: Answer = rows => {
    if (rows.length > 1) throw new Error('one at a time');
    return rows;
  };
  expect(await ask(single, ...FIVE)).toEqual({batched: 0, dependent: ['s']});
});

test('trials that tell nothing come to an end, and then nothing is batched', async () => {
  const random: Answer = rows => rows.map(row => row.map(() => Math.random()));
  const alone = model(random);
  const cautious = new CautiousModel(alone, alone, alone, () => undefined);
  for (let i = 0; i < 3; i++) await cautious.tryWith('s', [input([1, 2])]);
  expect([...cautious.dependent]).toEqual(['s']);
});

test('what is known of a model when it loads is enough', async () => {
  let dependent = '';
  const cautious = new CautiousModel(model(centred), model(centred), model(centred), name => (dependent = name));
  await cautious.tryWith('s', [input([1, 2], [30, 40])]);
  expect(dependent).toBe('s');
});
