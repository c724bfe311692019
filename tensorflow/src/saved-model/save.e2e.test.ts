import type {Tensor} from '@tensorflow/tfjs-node';
import {execFile} from 'node:child_process';
import {createHash} from 'node:crypto';
import {mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {promisify} from 'node:util';
import {capture} from '../capture/index.js';
import {tf} from '../native/index.js';
import {Judge} from '../testing/judge.js';
import {numbersOf, toPlain} from '../testing/plain.js';
import {PYTHON} from '../testing/python.js';
import {loadSavedModel} from '../load.js';
import {saveSavedModel} from './index.js';

let judge: Judge;
let dir: string;
beforeAll(async () => {
  judge = new Judge();
  dir = await mkdtemp(path.join(tmpdir(), 'ingot-save-'));
  await judge.ready;
}, 300_000);
afterAll(async () => {
  await judge.close();
  await rm(dir, {recursive: true});
});

const vector = {x: {shape: [null, 4], dtype: 'float32'}} as const;

function model() {
  const made = tf.sequential({
    layers: [
      tf.layers.dense({
        units: 600,
        inputShape: [4],
        activation: 'relu',
        kernelInitializer: tf.initializers.randomNormal({seed: 1}),
      }),
      tf.layers.dense({units: 2, kernelInitializer: tf.initializers.randomNormal({seed: 2})}),
    ],
  });
  return {made, serve: capture(x => made.predict(x) as Tensor, vector)};
}

test.each(['constants', 'variables'] as const)(
  'weights as %s: Python loads the model and computes the same',
  async weights => {
    const {made, serve} = model();
    const target = path.join(dir, weights);
    const twice = capture(x => (made.predict(x) as Tensor).mul(2), vector);
    await saveSavedModel(target, {serving_default: serve, twice}, {weights});
    const x = tf.randomNormal([3, 4], 0, 1, 'float32', 7);
    const wanted = Array.from((made.predict(x) as Tensor).dataSync());
    const [once, doubled] = [await judge.run(target, {x}), await judge.run(target, {x}, 'twice')];
    expect(numbersOf(once['output_0'] as never)).toEqual(wanted.map(value => expect.closeTo(value, 5)));
    expect(numbersOf(doubled['output_0'] as never)).toEqual(wanted.map(value => expect.closeTo(2 * value, 5)));
    const files = await list(target);
    const checkpoint = ['variables', 'variables/variables.data-00000-of-00001', 'variables/variables.index'];
    expect(files).toEqual(weights === 'variables' ? ['saved_model.pb', ...checkpoint] : ['saved_model.pb']);
    if (weights === 'variables') expect((await stat(path.join(target, 'saved_model.pb'))).size).toBeLessThan(10_000);
  },
);

test.each(['constants', 'variables'] as const)('weights as %s: our own session computes the same', async weights => {
  const {made, serve} = model();
  const target = path.join(dir, `own-${weights}`);
  await saveSavedModel(target, {serving_default: serve}, {weights});
  const x = tf.randomNormal([3, 4], 0, 1, 'float32', 7);
  const loaded = await loadSavedModel(target);
  try {
    expect(loaded.signatures['serving_default']?.inputs['x']).toMatchObject({dtype: 'float32', shape: [-1, 4]});
    const {output_0: answered} = await loaded.run('serving_default', {
      x: {dtype: 'float32', shape: [3, 4], data: x.dataSync() as Float32Array},
    });
    const wanted = Array.from((made.predict(x) as Tensor).dataSync());
    expect(Array.from(answered?.data as Float32Array)).toEqual(wanted.map(value => expect.closeTo(value, 5)));
  } finally {
    await loaded.dispose();
  }
});

test('the checkpoint has the values, under the names of the variables, for other tools', async () => {
  const {made, serve} = model();
  const target = path.join(dir, 'checkpoint');
  await saveSavedModel(target, {serving_default: serve}, {weights: 'variables'});
  const variables = await judge.readCheckpoint(path.join(target, 'variables', 'variables'));
  expect(Object.keys(variables).sort()).toEqual(['dense/bias', 'dense/bias_1', 'dense/kernel', 'dense/kernel_1']);
  expect(variables['dense/kernel']).toEqual(await toPlain(made.getWeights()[0] as Tensor));
});

test('the same model gives the same bytes, also when it is built anew', async () => {
  const hashes: string[] = [];
  for (const weights of ['constants', 'variables', 'constants', 'variables'] as const) {
    const target = path.join(dir, `same-${hashes.length}`);
    await saveSavedModel(target, {serving_default: model().serve}, {weights});
    hashes.push(await hashOf(target));
  }
  expect(hashes[2]).toBe(hashes[0]);
  expect(hashes[3]).toBe(hashes[1]);
});

test('what is captured stays as it was, while training goes on', async () => {
  const weight = tf.variable(tf.tensor2d([[1], [2], [3], [4]]));
  const serve = capture(x => x.matMul(weight), vector);
  weight.assign(tf.zeros([4, 1]));
  await saveSavedModel(path.join(dir, 'kept'), {serving_default: serve});
  const {output_0: answered} = await judge.run(path.join(dir, 'kept'), {x: tf.ones([1, 4])});
  expect(numbersOf(answered as never)).toEqual([10]);
});

test.each([
  ['int64', new BigInt64Array([5n, -7n])],
  ['uint8', new Uint8Array([5, 200])],
  ['float64', new Float64Array([0.5, -2])],
  ['int8', new Int8Array([5, -7])],
  ['int16', new Int16Array([500, -7])],
  ['uint16', new Uint16Array([5, 60_000])],
  ['uint32', new Uint32Array([5, 70_000])],
  ['uint64', new BigUint64Array([5n, 70_000n])],
] as const)('an input of %s, which tfjs does not have, is taken and cast', async (dtype, values) => {
  const target = path.join(dir, `dtype-${dtype}`);
  await saveSavedModel(target, {
    serving_default: capture(x => x.mul(tf.scalar(2, x.dtype)), {x: {shape: [null], dtype}}),
  });
  const {output_0: answered} = await judge.run(target, {
    x: {dtype, shape: [2], data: Buffer.from(values.buffer).toString('base64')},
  });
  expect(numbersOf(answered as never)).toEqual(
    Array.from<number | bigint, number>(values as Iterable<number>, value => 2 * Number(value)),
  );
});

test.each(['half', 'bfloat16'] as const)('an input of %s is taken and cast, by our own session, too', async dtype => {
  const target = path.join(dir, `dtype-${dtype}`);
  await saveSavedModel(target, {serving_default: capture(x => x.mul(2), {x: {shape: [null], dtype}})});
  const loaded = await loadSavedModel(target);
  const {output_0: answered} = await loaded.run('serving_default', {x: [0.5, -3]});
  expect(answered).toEqual({dtype: 'float32', shape: [2], data: Float32Array.of(1, -6)});
  await loaded.dispose();
});

test('saved_model_cli shows and runs the signature', async () => {
  const target = path.join(dir, 'cli');
  await saveSavedModel(target, {serving_default: capture(x => x.mul(2), vector, {outputs: 'doubled'})});
  const cli = path.join(path.dirname(PYTHON), 'saved_model_cli');
  const signature = ['--dir', target, '--tag_set', 'serve', '--signature_def', 'serving_default'];
  const {stdout: shown} = await promisify(execFile)(cli, ['show', ...signature]);
  expect(shown).toMatch(/inputs\['x'\] tensor_info:\s+dtype: DT_FLOAT\s+shape: \(-1, 4\)/);
  expect(shown).toMatch(/outputs\['doubled'\] tensor_info:/);
  const {stdout: ran} = await promisify(execFile)(cli, ['run', ...signature, '--input_exprs', 'x=[[1,2,3,4]]']);
  expect(ran).toMatch(/\[\[2\. 4\. 6\. 8\.\]\]/);
}, 300_000);

test('assets and extras are written beside the graph', async () => {
  const target = path.join(dir, 'extras');
  await saveSavedModel(
    target,
    {serving_default: capture(x => x, vector)},
    {assets: {'vocabulary.txt': 'a\nb'}, extras: {'contract.json': Buffer.from('{}')}},
  );
  expect(await readFile(path.join(target, 'assets', 'vocabulary.txt'), 'utf8')).toBe('a\nb');
  expect(await readFile(path.join(target, 'assets.extra', 'contract.json'), 'utf8')).toBe('{}');
});

test('a folder that is taken is left as it is, and nothing is left beside it', async () => {
  const target = path.join(dir, 'taken', '1');
  await mkdir(target, {recursive: true});
  await writeFile(path.join(target, 'mine'), 'mine');
  await expect(saveSavedModel(target, {serving_default: capture(x => x, vector)})).rejects.toThrow(
    /is there already and is left as it is/,
  );
  expect(await list(path.join(dir, 'taken'))).toEqual(['1', '1/mine']);
});

test.each([{extras: {'../../../evil': ''}}, {assets: {'../variables/evil': ''}}])(
  'a file name that leads out of its folder is refused, and nothing is left: %j',
  async options => {
    const target = path.join(dir, 'out', '1');
    await expect(saveSavedModel(target, {serving_default: capture(x => x, vector)}, options)).rejects.toThrow(
      /leads out of the folder/,
    );
    expect(await readdir(path.join(dir, 'out'))).toEqual([]);
  },
);

test('a captured function that was disposed of, with its weights, is refused with what to do', async () => {
  const weight = tf.randomNormal([4, 5000], 0, 1, 'float32', 1);
  const captured = capture(x => x.matMul(weight), vector);
  weight.dispose();
  captured.dispose();
  await expect(saveSavedModel(path.join(dir, 'disposed'), {serving_default: captured})).rejects.toThrow(
    /was the captured function disposed of\? Capture it again/,
  );
});

const same = () => capture(x => x, vector);

test.each([
  ['a model without a signature', {}, {}, 'at least one signature'],
  [
    'a function that was not captured',
    {serving_default: ((x: Tensor) => x) as never},
    {},
    'must be a captured function',
  ],
  ['a name that TensorFlow uses', {__saved_model_init_op: same()}, {}, 'cannot be named "__saved_model_init_op"'],
  ['no name', {'': same()}, {}, 'cannot be named ""'],
  ['weights of another kind', {a: same()}, {weights: 'checkpoint' as never}, "can be 'constants' or 'variables'"],
])('%s is refused', async (_, signatures, options, message) => {
  await expect(saveSavedModel(path.join(dir, 'refused'), signatures, options)).rejects.toThrow(message);
});

test('names that TensorFlow cannot give a node are kept in the signature', async () => {
  const target = path.join(dir, 'names');
  const serve = capture(x => ({'größe (m)': x, 'größe [m]': x.mul(2)}), {
    'länge / m': {shape: [null], dtype: 'float32'},
  });
  await saveSavedModel(target, {'signature one': serve});
  const answered = await judge.run(target, {'länge / m': await toPlain(tf.ones([2]))}, 'signature one');
  expect(numbersOf(answered['größe [m]'] as never)).toEqual([2, 2]);
});

async function list(folder: string): Promise<string[]> {
  return (await readdir(folder, {recursive: true})).sort();
}

async function hashOf(folder: string): Promise<string> {
  const hash = createHash('sha256');
  for (const file of await list(folder)) {
    hash.update(file);
    if ((await stat(path.join(folder, file))).isFile()) hash.update(await readFile(path.join(folder, file)));
  }
  return hash.digest('hex');
}
