import {mkdtemp, readFile, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {tf} from '@ingot/tensorflow';
import {parseGolden} from '@ingot/tensorflow/contract';
import {SCOPE_PORT, type ScopePort} from '../../execution/scope-port.js';
import {registry} from './registry.js';

const context = {notebook: null, codeSha256: null, progress: () => undefined};
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ingot-scope-'));
  process.env['INGOT_STAGING_DIR'] = folder;
});
afterEach(async () => {
  delete process.env['INGOT_STAGING_DIR'];
  delete (globalThis as {[SCOPE_PORT]?: ScopePort})[SCOPE_PORT];
  await rm(folder, {recursive: true});
});

function variables(members: Record<string, unknown>): void {
  (globalThis as {[SCOPE_PORT]?: ScopePort})[SCOPE_PORT] = {names: () => Object.keys(members), members};
}

const dense = () => tf.sequential({layers: [tf.layers.dense({units: 2, inputShape: [3], name: 'dense'})]});

test('models among the variables are offered by name, each once, unbuilt ones not', () => {
  const model = dense();
  variables({model, same: model, _hidden: dense(), unbuilt: tf.sequential(), text: 'model', gone: undefined});
  expect(registry.list()).toMatchObject([{name: 'model', parameters: 8, outputs: ['dense: float32 [?, 2]']}]);
});

test("golden samples come from the notebook's own tensors of the model's shape", async () => {
  const features = tf.tensor2d([
    [1, 2, 3],
    [4, 5, 6],
  ]);
  const gone = tf.zeros([2, 3]);
  gone.dispose();
  variables({gone, other: tf.zeros([2, 4]), features, model: dense()});
  const staged = await registry.stage('model', context);
  const golden = parseGolden(await readFile(join(folder, staged, 'assets.extra/golden.json'), 'utf8'));
  expect(Object.values(golden.samples[0]?.inputs ?? {})[0]?.values).toEqual([1, 2, 3]);
});

test('a model for which the notebook has no data is not deployed blindly', async () => {
  variables({model: dense(), features: tf.zeros([2, 4])});
  await expect(registry.stage('model', context)).rejects.toThrow(
    /"model" has no samples for its input .* give some of your data/,
  );
});
