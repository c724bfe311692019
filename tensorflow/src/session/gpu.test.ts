import {join} from 'node:path';
import {deviceInUse, listDevices} from '../native/device.js';
import {loadSavedModel, type HostTensor, type LoadedModel} from './index.js';
import {floats, writeModels, written} from './testing/cases.js';

// `npm run test:gpu` asks for a GPU; elsewhere what can be seen is that one is missing.
const onGpu = process.env['INGOT_DEVICE'] === 'gpu';
const withGpu = onGpu ? test : test.skip;
const withoutGpu = onGpu ? test.skip : test;

let dir: string;
beforeAll(async () => {
  ({dir} = await writeModels());
}, 300_000);

const x: HostTensor = {
  dtype: 'float32',
  shape: [64, 2000],
  data: new Float32Array(128_000).map((_, i) => (i % 13) - 6),
};

async function answer(model: LoadedModel): Promise<Float32Array> {
  const {y} = await model.run('serving_default', {x});
  await model.dispose();
  return y?.data as Float32Array;
}

withoutGpu('a GPU that was asked for and is not there is an error; auto goes on with the CPU', async () => {
  if (listDevices().some(device => device.type === 'GPU')) return;
  expect(() => deviceInUse('gpu')).toThrow(/INGOT_DEVICE=gpu/);
  await expect(loadSavedModel(join(dir, 'large'), {device: 'gpu'})).rejects.toThrow(/INGOT_DEVICE=gpu/);
  expect((await answer(await loadSavedModel(join(dir, 'large'), {device: 'auto'}))).length).toBe(128_000);
});

withGpu('the GPU is named, and a session has it unless it was told not to', () => {
  const {kind, name} = deviceInUse();
  expect(kind).toBe('gpu');
  expect(name).not.toBe('CPU');
  expect(listDevices().map(device => device.type)).toContain('GPU');
  expect(listDevices({device: 'cpu'}).map(device => device.type)).toEqual(['CPU']);
});

withGpu('a model answers on the GPU as on the CPU', async () => {
  const gpu = await answer(await loadSavedModel(join(dir, 'large')));
  const cpu = await answer(await loadSavedModel(join(dir, 'large'), {device: 'cpu'}));
  const worst = gpu.reduce((most, value, i) => Math.max(most, Math.abs(value - (cpu[i] ?? NaN))), 0);
  // Sums of 2000 products of small integers: exact in float32, and nearly so in TensorFloat-32.
  expect(worst).toBeLessThan(1);
});

withGpu(
  'attention, layer normalisation and dense layers answer as op by op, wherever their ops ask to be',
  async () => {
    const placed = await written('placed.py');
    const [model, exact] = await Promise.all([
      loadSavedModel(placed),
      loadSavedModel(placed, {device: 'cpu', exact: true}),
    ]);
    const data = Float32Array.from({length: 240}, (_, i) => Math.sin(i * i));
    for (const name of Object.keys(model.signatures).filter(name => !name.startsWith('__'))) {
      const [own, wanted] = await Promise.all(
        [model, exact].map(one => one.run(name, {x: {dtype: 'float32', shape: [6, 5, 2, 4], data}})),
      );
      const values = wanted?.['y']?.data as Float32Array;
      // TensorFloat-32 has ten bits; layer normalisation of four numbers can make much of the last one.
      (own?.['y']?.data as Float32Array).forEach((value, i) => expect(value).toBeCloseTo(values[i] as number, 1));
    }
    await Promise.all([model.dispose(), exact.dispose()]);
  },
);

withGpu('tables, strings and state work beside the GPU', async () => {
  const model = await loadSavedModel(join(dir, 'tf2'));
  const {ids, total} = await model.run('serving_default', {
    x: {dtype: 'float32', shape: [1, 2], data: floats(2, 0)},
    words: {dtype: 'string', shape: [1], data: [Buffer.from('copper')]},
  });
  expect([ids?.data, total?.data]).toEqual([BigInt64Array.of(2n), floats(9)]);
  await model.dispose();
});

withGpu('memory is taken as it is needed: two sessions and tfjs share the GPU', async () => {
  const {tf} = await import('../native/tfjs.js');
  const models = await Promise.all([1, 2].map(() => loadSavedModel(join(dir, 'large'))));
  const sum = tf.matMul(tf.ones([1000, 1000]), tf.ones([1000, 1000])).sum();
  expect((await sum.data())[0]).toBeCloseTo(1e9, -4);
  for (const model of models) expect((await answer(model)).length).toBe(128_000);
});
