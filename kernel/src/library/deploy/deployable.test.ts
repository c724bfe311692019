import {mkdtemp, readdir, readFile, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {Tensor, Tensor2D} from '@tensorflow/tfjs-node';
import {loadSavedModel, tf} from '@ingot/tensorflow';
import {parseContract, parseGolden, parseLineage, verifyChecksums} from '@ingot/tensorflow/contract';
import {goldenTensors, replayGolden} from '@ingot/tensorflow/session';
import {DEPLOYABLES, type DeployablesRegistry} from '../../comm/protocol.js';
import {simulatedGold} from '../testing.js';
import {deployable} from './deployable.js';
import type {DeployableSpec} from './spec.js';

const gold = simulatedGold(300);
const inputs = gold
  .series('price')
  .split({validation: '2024-01-02', test: '2024-06-03'})
  .train.windows({length: 10, horizon: 2}).inputs;
const weight = tf.variable(tf.tensor2d([[1], [1.5]]));

const spec: DeployableSpec = {
  name: 'double',
  title: 'Twice the last prices',
  serve: (prices: Tensor2D) =>
    prices
      .slice([0, 8], [-1, 2])
      .expandDims(2)
      .mul(tf.concat([weight, weight.mul(2)], 1)),
  inputs: [{name: 'prices', kind: 'series', length: 10, unit: 'USD/oz', step: 'trading day'}],
  outputs: [{name: 'forecast', kind: 'forecast', horizon: 2, quantiles: [0.1, 0.5], unit: 'USD/oz'}],
  samples: inputs,
  data: [gold],
  metrics: {mae: 2.5, broken: NaN},
};
const registry = () =>
  (globalThis as unknown as Record<symbol, DeployablesRegistry>)[DEPLOYABLES] as DeployablesRegistry;
const context = {notebook: 'gold.ipynb', codeSha256: 'a'.repeat(64), progress: () => undefined};

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ingot-staging-'));
  process.env['INGOT_STAGING_DIR'] = folder;
});
afterEach(async () => {
  delete process.env['INGOT_STAGING_DIR'];
  await rm(folder, {recursive: true});
});

test('a staged model is complete: it loads, repeats its golden samples, and its checksums hold', async () => {
  deployable(spec);
  const before = tf.memory().numTensors;
  const staged = await registry().stage('double', context);
  expect(tf.memory().numTensors).toBe(before);
  expect(await readdir(folder)).toEqual([staged]);
  const dir = join(folder, staged);
  await verifyChecksums(dir);
  const read = (name: string) => readFile(join(dir, 'assets.extra', name), 'utf8');
  const golden = parseGolden(await read('golden.json'));
  expect(golden.samples.map(sample => sample.inputs['prices']?.shape)).toEqual([
    [1, 10],
    [1, 10],
    [1, 10],
    [3, 10],
  ]);
  const model = await loadSavedModel(dir);
  try {
    expect((await replayGolden(model, goldenTensors(golden))).mismatches).toEqual([]);
  } finally {
    await model.dispose();
  }
  const lineage = parseLineage(await read('lineage.json'));
  expect(lineage).toMatchObject({staged, notebook: {path: 'gold.ipynb'}, metrics: {mae: 2.5}});
  expect(lineage.metrics).not.toHaveProperty('broken');
  expect(lineage.data[0]?.sha256).toBe(gold.provenance.sha256);
});

test('a model that was trained on simulated data says so to everybody', async () => {
  const {model} = deployable(spec);
  expect(model).toMatchObject({title: 'Twice the last prices (simulated data)', simulatedData: true});
  const staged = await registry().stage('double', context);
  const contract = parseContract(await readFile(join(folder, staged, 'assets.extra/contract.json'), 'utf8'));
  expect(contract.title).toContain('simulated');
  expect(contract.data?.[0]?.simulated).toBe(true);
});

test('the weights are those at the time of the click', async () => {
  deployable(spec);
  weight.assign(tf.tensor2d([[3], [3]]));
  const staged = await registry().stage('double', context);
  const golden = parseGolden(await readFile(join(folder, staged, 'assets.extra/golden.json'), 'utf8'));
  const [sample] = golden.samples;
  const last = Number(sample?.inputs['prices']?.values.at(-1));
  expect(sample?.outputs['forecast']?.values.at(-2)).toBeCloseTo(3 * last, 2);
});

test.each<[string, Partial<DeployableSpec>, string]>([
  ['a name that is no folder name', {name: 'a/b'}, '/name'],
  [
    'samples of another shape',
    {samples: tf.ones([3, 9])},
    'The samples for "prices" are float32 [3, 9], not prices: float32 [?, 10]',
  ],
  ['no samples for an input', {samples: {price: inputs}}, '"double" has no samples for its input "prices"'],
  [
    'an output of another shape',
    {serve: (prices: Tensor2D) => prices},
    'gives forecast: float32 [1, 10], not forecast: float32 [?, 2, 2]',
  ],
  ['an output that is missing', {serve: () => ({other: tf.ones([3, 2, 2])})}, 'gives no output "forecast"'],
  [
    'a function that gives NaN',
    {serve: (prices: Tensor2D) => prices.slice([0, 8], [-1, 2]).expandDims(2).tile([1, 1, 2]).mul(-1).sqrt()},
    'a model that gives no numbers is not deployed',
  ],
  [
    'a function for one batch size',
    {serve: (prices: Tensor2D) => prices.slice([0, 8], [-1, 2]).reshape([3, 2, 1]).tile([1, 1, 2])},
    'The serving function of "double" fails for one row',
  ],
  [
    'a model where a function is wanted',
    {serve: tf.sequential() as unknown as DeployableSpec['serve']},
    '"double" has no serving function: give serve a function of tensors',
  ],
  [
    'an input of a kind that is none',
    {inputs: [{name: 'prices', kind: 'table'}] as unknown as DeployableSpec['inputs']},
    '/inputs/0/kind: it must be one of "series", "image", "tensor"',
  ],
  [
    'data of which nothing is known',
    {data: ['gold.csv'] as unknown as NonNullable<DeployableSpec['data']>},
    'must be what ingot.dataset gave',
  ],
  [
    'quantiles out of order',
    {outputs: [{name: 'forecast', kind: 'forecast', horizon: 2, quantiles: [0.5, 0.1], unit: ''}]},
    'must ascend',
  ],
])('%s is refused at once', (_, change, message) => {
  expect(() => deployable({...spec, ...change})).toThrow(message);
});

test('what no graph can do fails with a reason and leaves no folder', async () => {
  deployable({
    ...spec,
    name: 'stubborn',
    serve: (prices: Tensor2D) =>
      prices.max().dataSync()[0] === 0 ? prices : prices.slice([0, 8], [-1, 2]).expandDims(2).tile([1, 1, 2]),
  });
  await expect(registry().stage('stubborn', context)).rejects.toThrow(/value/);
  expect(await readdir(folder)).toEqual([]);
});

test('a function of texts is served as one of numbers is', async () => {
  const names = ['ann', 'b\u00e9a', 'cy', 'dee'];
  deployable({
    name: 'names',
    title: 'Names',
    serve: (name: Tensor) => name.expandDims(1),
    inputs: [{name: 'name', kind: 'tensor', dtype: 'string', shape: []}],
    outputs: [{name: 'same', kind: 'tensor', dtype: 'string', shape: [1]}],
    samples: tf.tensor1d(names, 'string'),
  });
  const dir = join(folder, await registry().stage('names', context));
  const golden = parseGolden(await readFile(join(dir, 'assets.extra/golden.json'), 'utf8'));
  const texts = golden.samples[3]?.outputs['same']?.values.map(value =>
    Buffer.from(String(value), 'base64').toString(),
  );
  expect(texts).toEqual(['ann', 'b\u00e9a', 'dee']);
  const model = await loadSavedModel(dir);
  try {
    expect((await replayGolden(model, goldenTensors(golden))).mismatches).toEqual([]);
  } finally {
    await model.dispose();
  }
});

test('a model that the notebook does not have is named, with those that it has', async () => {
  await expect(registry().stage('silver', context)).rejects.toThrow(/no model "silver" to deploy; it has .*double/);
});
