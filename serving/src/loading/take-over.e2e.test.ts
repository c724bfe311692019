import {join} from 'node:path';
import type {HostTensor, LoadedModel} from '@ingot/tensorflow/session';
import {loadSavedModel} from '@ingot/tensorflow/session';
import {testModels} from '../testing/models.js';
import {RecentRuns} from './recent-runs.js';
import {takeOver} from './take-over.js';

let model: LoadedModel;
let asked: {signature: string; rows: number | undefined; outputs: readonly string[] | undefined}[];

beforeAll(async () => {
  model = await loadSavedModel(join(await testModels(), 'mixed/1'));
}, 180_000);
afterAll(() => model.dispose());
beforeEach(() => (asked = []));

const inputs = (rows: number): Record<string, HostTensor> => ({
  number: {dtype: 'int32', shape: [rows, 2], data: new Int32Array(2 * rows).fill(1)},
  text: {dtype: 'string', shape: [rows], data: Array<Buffer>(rows).fill(Buffer.from('a'))},
});

/** The model, with what is asked of it noted. */
const watched = (): LoadedModel => ({
  signatures: model.signatures,
  run(signature, given, options) {
    asked.push({signature, rows: given['number']?.shape[0], outputs: options?.outputs});
    return model.run(signature, given, options);
  },
  dispose: () => model.dispose(),
});

test('a version that takes over runs what the one before was asked, in batches of each size', async () => {
  const recent = new RecentRuns();
  recent.note('serving_default', inputs(3), {outputs: ['sum'], deadlineMs: 1});
  recent.note('serving_default', inputs(5), {outputs: ['sum']});
  await takeOver(watched(), recent.all);
  const outputs = ['sum'];
  expect(asked).toEqual([1, 2, 4, 8, 16, 32].map(rows => ({signature: 'serving_default', rows, outputs})));
});

test('what the new version does not take, or has not, keeps nothing from being warmed up', async () => {
  const recent = new RecentRuns();
  recent.note('gone', inputs(1), {});
  recent.note('serving_default', {number: inputs(1)['number'] as HostTensor}, {});
  recent.note('serving_default', inputs(1), {outputs: ['text']});
  await takeOver(watched(), recent.all);
  expect(asked.map(({signature, rows, outputs}) => [signature, rows, outputs])).toEqual([
    ['gone', 1, undefined],
    ['serving_default', 1, undefined],
    ...[1, 2, 4, 8, 16, 32].map(rows => ['serving_default', rows, ['text']]),
  ]);
});

test('large inputs are not held for the next version, nor more kinds of requests than a few', () => {
  const recent = new RecentRuns();
  recent.note('large', {x: {dtype: 'float32', shape: [300_000], data: new Float32Array(300_000)}}, {});
  expect(recent.all).toEqual([]);
  for (let i = 0; i < 100; i++) recent.note('serving_default', inputs(1), {outputs: [`output ${i}`]});
  expect(recent.all).toHaveLength(16);
});
