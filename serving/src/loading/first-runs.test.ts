import {join} from 'node:path';
import type {HostTensor, LoadedModel} from '@ingot/tensorflow/session';
import {loadSavedModel} from '@ingot/tensorflow/session';
import {testModels} from '../testing/models.js';
import {FirstRuns} from './first-runs.js';

const SIZES = [1, 2, 4, 8, 16, 32, 64];
const NO_SAMPLES = new Map();
const models = new Map<string, LoadedModel>();
let asked: [signature: string, rows: number | undefined, first: unknown][];

beforeAll(async () => {
  const folder = await testModels();
  for (const name of ['centred', 'mixed']) models.set(name, await loadSavedModel(join(folder, name, '1')));
}, 180_000);
afterAll(() => Promise.all([...models.values()].map(model => model.dispose())));
beforeEach(() => (asked = []));

/** A model, with what is asked of it noted. */
function watched(name: string): LoadedModel {
  const model = models.get(name) as LoadedModel;
  return {
    signatures: model.signatures,
    run(signature, inputs, options) {
      const {shape, data} = Object.values(inputs)[0] as HostTensor;
      asked.push([signature, shape[0], data[0]]);
      return model.run(signature, inputs, options);
    },
    dispose: () => model.dispose(),
  };
}

test('a version that brings no samples is run with zeros, in batches of each size, once no other is being loaded', async () => {
  let loaded!: () => void;
  const firstRuns = new FirstRuns(() => new Promise(resolve => (loaded = resolve)));
  const through = firstRuns.add(watched('centred'), NO_SAMPLES);
  await new Promise(setImmediate);
  expect(asked).toEqual([]);
  loaded();
  await through;
  expect(asked).toEqual(SIZES.map(rows => ['serving_default', rows, 0]));
});

test('one that brings samples is run with those, and one whose inputs cannot be guessed is left alone', async () => {
  const firstRuns = new FirstRuns(async () => undefined);
  await firstRuns.add(watched('mixed'), NO_SAMPLES);
  expect(asked).toEqual([]);
  const inputs = {
    number: {dtype: 'int32', shape: [1, 2], data: Int32Array.of(7, 8)},
    text: {dtype: 'string', shape: [1], data: [Buffer.from('a')]},
  } as const;
  await firstRuns.add(watched('mixed'), new Map([['serving_default', [inputs]]]));
  expect(asked).toEqual(SIZES.map(rows => ['serving_default', rows, 7]));
});

test('of hundreds of versions most are not run before they are asked', async () => {
  const firstRuns = new FirstRuns(async () => undefined);
  await Promise.all(Array.from({length: 100}, () => firstRuns.add(watched('centred'), NO_SAMPLES)));
  expect(asked).toHaveLength(16 * SIZES.length);
});
