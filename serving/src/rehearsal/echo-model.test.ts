import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {loadSavedModel} from '@ingot/tensorflow/session';
import {echoModel} from './echo-model.js';

test('TensorFlow loads the echo model, which answers with what it is asked, by each of its signatures', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ingot-echo-'));
  await writeFile(join(folder, 'saved_model.pb'), echoModel({serving_default: [3], image: [2, 1]}));
  const model = await loadSavedModel(folder);
  await rm(folder, {recursive: true});
  expect(Object.keys(model.signatures).sort()).toEqual(['image', 'serving_default']);
  expect(model.signatures['image']?.inputs['x']).toMatchObject({dtype: 'float32', shape: [-1, 2, 1]});
  const x = {dtype: 'float32', shape: [2, 3], data: Float32Array.of(1, -2.5, 3, 4, 5, 6)} as const;
  expect(await model.run('serving_default', {x})).toEqual({y: x});
  const image = {...x, shape: [3, 2, 1]};
  expect(await model.run('image', {x: image})).toEqual({y: image});
  await model.dispose();
});
