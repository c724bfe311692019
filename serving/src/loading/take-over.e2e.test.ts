import {join} from 'node:path';
import type {HostTensor, LoadedSavedModel} from '@ingot/tensorflow/session';
import {loadSavedModel} from '@ingot/tensorflow/session';
import {testModels} from '../testing/models.js';
import type {Engine} from '../engine/engine.js';
import {CheckedFiles} from './files/checked-files.js';
import {Loader} from './loader.js';
import {RecentRuns} from './recent-runs.js';
import {takeOver} from './take-over.js';

let folder: string;
let model: LoadedSavedModel;
let asked: {signature: string; rows: number | undefined; outputs: readonly string[] | undefined}[];

beforeAll(async () => {
  folder = join(await testModels(), 'mixed/1');
  model = await loadSavedModel(folder);
}, 180_000);
afterAll(() => model.dispose());
beforeEach(() => (asked = []));

const inputs = (rows: number): Record<string, HostTensor> => ({
  number: {dtype: 'int32', shape: [rows, 2], data: new Int32Array(2 * rows).fill(1)},
  text: {dtype: 'string', shape: [rows], data: Array<Buffer>(rows).fill(Buffer.from('a'))},
});

/** The model, with what is asked of it noted. */
const watched = (): LoadedSavedModel => ({
  signatures: model.signatures,
  signatureDefs: model.signatureDefs,
  run(signature, given, options) {
    asked.push({signature, rows: given['number']?.shape[0], outputs: options?.outputs});
    return model.run(signature, given, options);
  },
  dispose: async () => undefined,
});

test('a version that takes over runs what the one before was asked, in batches of each size', async () => {
  const recent = new RecentRuns();
  recent.note('serving_default', inputs(3), {outputs: ['sum'], deadlineMs: 1});
  recent.note('serving_default', inputs(5), {outputs: ['sum']});
  await takeOver(watched(), recent.all);
  const outputs = ['sum'];
  expect(asked).toEqual([1, 2, 4, 8, 16, 32].map(rows => ({signature: 'serving_default', rows, outputs})));
});

test('a version has run what the one before was asked when it is loaded', async () => {
  const engine: Engine = {ready: true, losses: new Map(), load: async () => watched(), close: async () => undefined};
  const loader = new Loader(engine, ['serve'], null, {loaded: () => undefined, ran: () => undefined});
  const before = new RecentRuns();
  before.note('serving_default', inputs(3), {});
  await loader.load({model: 'mixed', version: 2n, folder, files: await CheckedFiles.of(folder), before});
  expect(asked.map(({rows}) => rows)).toEqual([1, 2, 4, 8, 16, 32]);
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
