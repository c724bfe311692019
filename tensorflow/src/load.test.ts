import {join} from 'node:path';
import {loadSavedModel, tf} from './index.js';
import {floats, writeModels} from './session/testing/cases.js';

test('a model takes tensors of tfjs and nested arrays', async () => {
  const models = await writeModels();
  const model = await loadSavedModel(join(models.dir, 'tf2'));
  const fromTensors = await model.run('serving_default', {
    x: tf.tensor2d([[2, 0]]),
    words: tf.tensor1d(['gold'], 'string'),
  });
  const fromArrays = await model.run('serving_default', {x: [[2, 0]], words: ['gold']});
  expect(fromTensors['total']).toEqual({dtype: 'float32', shape: [1, 1], data: floats(9)});
  expect(Buffer.from(fromTensors['upper']?.data[0] as Uint8Array).toString()).toBe('GOLD');
  expect(fromArrays).toEqual(fromTensors);
  await expect(model.run('serving_default', {x: 'gold'})).rejects.toThrow(
    'the input "x" is float32; "gold" is no number',
  );
  await expect(model.run('unknown', {x: 1})).rejects.toThrow('the model has no signature "unknown"');
  await expect(model.run('serving_default')).rejects.toThrow('needs the input "words"');
  await model.dispose();
  await expect(loadSavedModel(undefined as never)).rejects.toThrow('takes the path of a folder: not undefined');
  await expect(loadSavedModel('x', {tags: 'serve' as never})).rejects.toThrow('tags must be a list, not serve');
  await expect(loadSavedModel('x', {device: 'tpu' as never})).rejects.toThrow('can be auto, cpu or gpu');
}, 120_000);

test('a run has the values of its call: inputs may be changed and freed right after, and the model disposed of', async () => {
  const models = await writeModels();
  const model = await loadSavedModel(join(models.dir, 'tf2'));
  const [x, values] = [tf.tensor2d([[2, 0]]), floats(2, 0)];
  const words = ['gold'];
  const runs = [
    model.run('serving_default', {x, words}),
    model.run('serving_default', {x: {data: values, shape: [1, 2]}, words}),
  ];
  x.dispose();
  values.fill(7);
  const disposed = model.dispose();
  for (const {total} of await Promise.all(runs)) expect(total?.data).toEqual(floats(9));
  await disposed;
}, 120_000);
