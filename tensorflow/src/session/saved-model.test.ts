import {join} from 'node:path';
import {loadFrozenGraph, loadSavedModel, type HostTensor} from './index.js';
import {bytesOf, floats, writeModels, type Case} from './testing/cases.js';

let dir: string;
let cases: Case[];

beforeAll(async () => {
  ({dir, cases} = await writeModels());
}, 120_000);

const float32 = (shape: number[], ...values: number[]): HostTensor => ({
  dtype: 'float32',
  shape,
  data: floats(...values),
});

async function expectAsInPython({model, signature, inputs, outputs}: Case): Promise<void> {
  const loaded = await loadSavedModel(join(dir, model));
  const given = await loaded.run(signature, inputs);
  await loaded.dispose();
  expect(Object.keys(given).sort()).toEqual(Object.keys(outputs).sort());
  for (const [name, expected] of Object.entries(outputs)) {
    expect({...given[name], data: undefined}).toEqual({...expected, data: undefined});
    expect(bytesOf(given[name]?.data ?? [])).toEqual(bytesOf(expected.data));
  }
}

test('answers as Python does: a TF1 model with variables, a table and an asset', async () => {
  await expectAsInPython(cases.find(({model}) => model === 'tf1') as Case);
});

test('answers as Python does: a TF2 model with functions, control flow, a table and an asset', async () => {
  await expectAsInPython(cases.find(({model}) => model === 'tf2') as Case);
});

test('every dtype comes back with the same bits, empty strings and NaN included', async () => {
  const echo = cases.filter(({model}) => model === 'echo');
  expect(echo).toHaveLength(16);
  for (const one of echo) await expectAsInPython(one);
});

test('a raw view of another offset is read from where it begins', async () => {
  const loaded = await loadSavedModel(join(dir, 'echo'));
  const bytes = new Uint8Array(9);
  new DataView(bytes.buffer).setFloat32(1, 1.5, true);
  new DataView(bytes.buffer).setFloat32(5, -2, true);
  const {y} = await loaded.run('float32', {x: {dtype: 'float32', shape: [1, 2], data: bytes.subarray(1)}});
  expect(y).toEqual(float32([2, 1], 1.5, -2));
  await loaded.dispose();
});

test("large tensors come back whole, and are not the model's", async () => {
  const loaded = await loadSavedModel(join(dir, 'tf2'));
  const rows = 100_000;
  const x: HostTensor = {dtype: 'float32', shape: [rows, 2], data: new Float32Array(2 * rows).map((_, i) => i % 7)};
  const {total} = await loaded.run('serving_default', {x, words: {dtype: 'string', shape: [0], data: []}});
  const values = total?.data as Float32Array;
  const wrong = values.findIndex(
    (value, row) => value !== 3 * Math.max(0, 1.5 * ((2 * row) % 7) - 2 * ((2 * row + 1) % 7)),
  );
  expect([total?.shape, wrong]).toEqual([[rows, 1], -1]);
  await loaded.dispose();
});

test('writing to an output does not change the model', async () => {
  const loaded = await loadSavedModel(join(dir, 'large'));
  const session = await loadSavedModel(join(dir, 'tf2'));
  const first = await session.run('weights', {});
  (first['weight']?.data as Float32Array).fill(0);
  expect((await session.run('weights', {}))['weight']).toEqual(float32([2, 1], 1.5, -2));
  await Promise.all([loaded.dispose(), session.dispose()]);
});

test('writing to an input after the run does not change a variable that was assigned from it', async () => {
  const loaded = await loadSavedModel(join(dir, 'tf2'));
  // Large enough to be read off the event loop.
  const data = new Float32Array(20_000).fill(3);
  await loaded.run('assign', {x: {dtype: 'float32', shape: [10_000, 2], data}});
  data.fill(9);
  expect((await loaded.run('weights', {}))['weight']).toEqual(float32([2, 1], 3, 3));
  await loaded.dispose();
});

test('two loads of one model have their own state', async () => {
  const [one, other] = await Promise.all([loadSavedModel(join(dir, 'tf2')), loadSavedModel(join(dir, 'tf2'))]);
  const by: HostTensor = {dtype: 'int64', shape: [], data: BigInt64Array.of(2n ** 40n)};
  await one.run('add', {by});
  expect((await one.run('add', {by}))['count']?.data).toEqual(BigInt64Array.of(2n ** 41n));
  expect((await other.run('add', {by}))['count']?.data).toEqual(BigInt64Array.of(2n ** 40n));
  await Promise.all([one.dispose(), other.dispose()]);
});

test('tags choose the graph, and unknown ones are refused with those that are there', async () => {
  const x = float32([1, 2], 1, 1);
  const words: HostTensor = {dtype: 'string', shape: [0], data: []};
  const trained = await loadSavedModel(join(dir, 'tf1'), {tags: ['train']});
  expect((await trained.run('serving_default', {x, words}))['y']?.data).toEqual(floats(4));
  await trained.dispose();
  await expect(loadSavedModel(join(dir, 'tf1'), {tags: ['gpu']})).rejects.toMatchObject({
    code: 'NOT_FOUND',
    message: expect.stringContaining('Could not find meta graph def matching supplied tags: { gpu }'),
  });
});

test('a sparse input is fed by its three parts', async () => {
  const loaded = await loadSavedModel(join(dir, 'tf1'));
  const {sum} = await loaded.run('sparse', {
    's/values': float32([2], 5, 7),
    's/indices': {dtype: 'int64', shape: [2, 2], data: BigInt64Array.of(0n, 1n, 1n, 2n)},
    's/dense_shape': {dtype: 'int64', shape: [2], data: BigInt64Array.of(2n, 3n)},
  });
  expect(sum).toEqual(float32([2], 5, 7));
  await loaded.dispose();
});

test('only the outputs that are asked for are computed', async () => {
  const loaded = await loadSavedModel(join(dir, 'tf2'));
  const inputs = {x: float32([1, 2], 2, 0), words: {dtype: 'string', shape: [1], data: [Buffer.from('a')]}} as const;
  expect(Object.keys(await loaded.run('serving_default', inputs, {outputs: ['upper']}))).toEqual(['upper']);
  await expect(loaded.run('serving_default', inputs, {outputs: ['lower']})).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
    message: 'the signature "serving_default" has no output "lower"; it has: ids, total, upper',
  });
  await loaded.dispose();
});

test.each([
  ['a missing input', {}, 'the signature "serving_default" needs the input "x"'],
  ['another name', {x: float32([0, 2000]), z: float32([], 1)}, 'has no input "z"; its inputs: x'],
  ['another dtype', {x: {dtype: 'int32', shape: [1, 2], data: Int32Array.of(1, 2)}}, 'is float32, not int32'],
  ['another rank', {x: float32([2], 1, 2)}, 'has shape [2], but the model takes [?,2000]'],
  ['another size', {x: float32([1, 3], 1, 2, 3)}, 'has shape [1,3], but the model takes [?,2000]'],
  ['too few values', {x: float32([1, 2000], 1)}, 'a tensor of shape [1,2000] has 2000 elements of 4 bytes'],
  ['a size below zero', {x: {...float32([0]), shape: [-1, 2000]}}, "size 0 of a tensor's shape is not a whole number"],
  ['sizes past memory', {x: {...float32([0]), shape: [2 ** 52, 2000]}}, 'but its data has 0 bytes'],
  [
    'another array',
    {x: {...float32([0]), shape: [1, 2000], data: new Float64Array(1000)}},
    'a typed array of another dtype',
  ],
])('%s is refused and the model goes on', async (_, inputs, message) => {
  const loaded = await loadSavedModel(join(dir, 'large'));
  await expect(loaded.run('serving_default', inputs as Record<string, HostTensor>)).rejects.toMatchObject({
    name: 'TensorFlowError',
    code: 'INVALID_ARGUMENT',
    message: expect.stringContaining(message),
  });
  const {y} = await loaded.run('serving_default', {x: {dtype: 'float32', shape: [0, 2000], data: floats()}});
  expect(y?.shape).toEqual([0, 2000]);
  await loaded.dispose();
});

test('a frozen graph runs between the tensors that are named, inner ones included', async () => {
  const model = await loadFrozenGraph(join(dir, 'frozen.pb'), {
    inputs: {x: 'x:0'},
    outputs: {p: 'probabilities', class: 'class:0', right: 'parts:1'},
  });
  expect(model.signatures['serving_default']).toEqual({
    methodName: 'tensorflow/serving/predict',
    inputs: {x: {dtype: 'float32', shape: [-1, 4], tensorName: 'x:0'}},
    outputs: {
      p: {dtype: 'float32', shape: [-1, 3], tensorName: 'probabilities'},
      class: {dtype: 'int64', shape: [-1], tensorName: 'class:0'},
      right: {dtype: 'float32', shape: [-1, 2], tensorName: 'parts:1'},
    },
  });
  const result = await model.run('serving_default', {x: float32([1, 4], 1, 2, 3, 4)});
  expect(result['class']?.data).toEqual(BigInt64Array.of(2n));
  expect(result['right']).toEqual(float32([1, 2], 3, 4));
  await model.dispose();
  await expect(loadFrozenGraph(join(dir, 'frozen.pb'), {inputs: ['x'], outputs: ['parts:2']})).rejects.toMatchObject({
    code: 'NOT_FOUND',
    message: 'the node "parts" has 2 outputs; there is no "parts:2"',
  });
});

test('disposing waits for running calls, and later ones are refused', async () => {
  const loaded = await loadSavedModel(join(dir, 'slow'));
  const steps: HostTensor = {dtype: 'int32', shape: [], data: Int32Array.of(200)};
  const running = [1, 2, 3].map(() => loaded.run('serving_default', {steps}));
  let freed = false;
  const disposed = loaded.dispose().then(() => (freed = true));
  await expect(loaded.run('serving_default', {steps})).rejects.toMatchObject({code: 'FAILED_PRECONDITION'});
  await Promise.all(running.map(run => run.then(() => expect(freed).toBe(false))));
  await disposed;
  await loaded.dispose();
});
