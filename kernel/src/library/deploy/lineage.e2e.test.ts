import {execFileSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {type Lineage, parseGolden, parseLineage} from '@ingot/tensorflow/contract';
import type {DeployableModel} from '../../comm/protocol.js';
import {TestKernel} from '../../testing/client.js';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const PRICES = `date,price\n${Array.from({length: 40}, (_, day) => `${new Date(Date.UTC(2024, 0, 1 + day)).toISOString().slice(0, 10)},${100 + day}\n`).join('')}`;

const CELLS = {
  imports:
    "import * as tf from '@tensorflow/tfjs-node';\nimport * as ingot from 'ingot';\nimport {half} from 'halves';",
  data: "const prices = await ingot.dataset('prices.csv');\nconst windows = prices.series('price').split({validation: '2024-01-20', test: '2024-02-01'}).train.windows({length: 3, horizon: 1});",
  model: `const model = tf.sequential({layers: [tf.layers.dense({units: 1, inputShape: [3]})]});
model.compile({optimizer: 'sgd', loss: 'meanSquaredError'});`,
  train:
    "const run = await ingot.train(model, {name: 'price', x: windows.inputs.div(1000), y: windows.targets.div(1000), epochs: half(4)});",
  offer: `ingot.deployable({
  name: 'price', title: 'Price', serve: (known: tf.Tensor2D) => model.apply(known.div(1000)) as tf.Tensor2D,
  inputs: [{name: 'known', kind: 'series', length: 3, unit: 'USD'}],
  outputs: [{name: 'next', kind: 'tensor', dtype: 'float32', shape: [1]}],
  samples: windows.inputs, data: [prices], training: run, metrics: {mase_1: 0.5},
});`,
  plain: 'const plain = tf.sequential({layers: [tf.layers.dense({units: 2, inputShape: [3]})]});',
};

let folder: string;
let kernel: TestKernel;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ingot-lineage-'));
  const write = (path: string, text: string) => writeFileSync(join(folder, path), text);
  write('prices.csv', PRICES);
  write('gold.ipynb', '{}');
  mkdirSync(join(folder, 'node_modules/halves'), {recursive: true});
  write(
    'node_modules/halves/package.json',
    '{"name": "halves", "version": "3.2.1", "type": "module", "exports": "./index.js"}',
  );
  write('node_modules/halves/index.js', 'export const half = number => number / 2;');
  git('init', '-q');
  git('add', 'prices.csv', 'gold.ipynb');
  git('-c', 'user.name=a', '-c', 'user.email=a@b.c', 'commit', '-qm', 'first');
  const env = {INGOT_HOME: folder, INGOT_STAGING_DIR: join(folder, 'staging'), INGOT_LOGS_DIR: join(folder, 'logs')};
  kernel = await TestKernel.start({folder, env});
  for (const [cellId, code] of Object.entries(CELLS)) {
    expect((await kernel.execute(code, {}, {cellId})).reply).toMatchObject({status: 'ok'});
  }
  await kernel.send('comm_open', {comm_id: 'deploy', target_name: 'ingot.deploy', data: {}});
}, 120_000);
afterAll(async () => {
  await kernel.stop();
  rmSync(folder, {recursive: true, force: true});
});

function git(...args: string[]): string {
  return execFileSync('git', args, {cwd: folder, encoding: 'utf8'}).trim();
}

/** Asks as the Deploy button does; the last answer. */
async function ask(request: Record<string, unknown>): Promise<Record<string, unknown>> {
  let answered = kernel.next('comm_msg');
  await kernel.send('comm_msg', {comm_id: 'deploy', data: {id: '1', ...request}});
  for (;;) {
    const data = (await answered).content['data'] as Record<string, unknown>;
    if (data['type'] !== 'progress') return data;
    answered = kernel.next('comm_msg');
  }
}

async function stage(model: string): Promise<{lineage: Lineage; asset: (name: string) => string}> {
  const answer = await ask({type: 'stage', model, notebook: 'work/gold.ipynb'});
  expect(answer).toMatchObject({type: 'staged'});
  const asset = (name: string) =>
    readFileSync(join(folder, 'staging', String(answer['staged']), 'assets.extra', name), 'utf8');
  return {lineage: parseLineage(asset('lineage.json')), asset};
}

test('what can be deployed is listed with its shapes, size and figures', async () => {
  const {models} = (await ask({type: 'list'})) as unknown as {models: DeployableModel[]};
  expect(models).toMatchObject([
    {name: 'price', parameters: 4, inputs: ['known: float32 [?, 3]'], outputs: ['next: float32 [?, 1]']},
    {name: 'plain', parameters: 8, metrics: {}},
  ]);
  expect(models[0]?.metrics).toMatchObject({mase_1: 0.5, loss: expect.any(Number) as unknown});
});

test('a staged model says which notebook, cell, code, data, packages, commit and training it came from', async () => {
  const {lineage, asset} = await stage('price');
  expect(lineage.notebook).toEqual({
    path: 'work/gold.ipynb',
    cell: 'offer',
    cellSha256: sha256(CELLS.offer),
    codeSha256: sha256(
      Object.values(CELLS)
        .map(code => `${code}\n`)
        .join(''),
    ),
  });
  expect(lineage.data).toMatchObject([{name: 'prices.csv', sha256: sha256(PRICES), rows: 40, from: '2024-01-01'}]);
  expect(lineage.packages).toMatchObject({
    halves: '3.2.1',
    '@tensorflow/tfjs-node': '4.22.0',
    node: process.versions.node,
    libtensorflow: expect.stringMatching(/^2\.\d+/) as unknown,
  });
  expect(lineage.git).toEqual({commit: git('rev-parse', 'HEAD'), dirty: false});
  expect(lineage.training).toMatchObject({
    epochs: 2,
    compiled: true,
    run: expect.stringMatching(/^price\//) as unknown,
  });
  const events = readdirSync(join(folder, 'logs', lineage.training?.run ?? ''), {recursive: true});
  expect(events.join()).toContain('tfevents');
  const rows = parseGolden(asset('golden.json')).samples.map(({inputs}) => inputs['known']?.values);
  // Of the user's own windows: the first, the middle one and the last.
  expect(rows.slice(0, 3)).toEqual([
    [100, 101, 102],
    [108, 109, 110],
    [116, 117, 118],
  ]);
});

test('a model that lies in a variable came from the cell that declared it', async () => {
  await kernel.execute('const samples = tf.ones([2, 3])', {}, {cellId: 'later'});
  const {lineage} = await stage('plain');
  expect(lineage.notebook).toMatchObject({cell: 'plain', cellSha256: sha256(CELLS.plain)});
});

test('a notebook that git does not know as it is makes the commit dirty', async () => {
  writeFileSync(join(folder, 'gold.ipynb'), '{"changed": true}');
  expect((await stage('price')).lineage.git).toMatchObject({dirty: true});
  git('rm', '-q', '--cached', 'gold.ipynb');
  git('-c', 'user.name=a', '-c', 'user.email=a@b.c', 'commit', '-qm', 'second');
  expect((await stage('price')).lineage.git).toEqual({commit: git('rev-parse', 'HEAD'), dirty: true});
});
