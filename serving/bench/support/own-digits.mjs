import {existsSync} from 'node:fs';
import {mkdir, rename} from 'node:fs/promises';
import {join} from 'node:path';
import {capture, saveSavedModel, tf} from '@ingot/tensorflow';
import {writeChecksums} from '@ingot/tensorflow/contract';
import {HOME} from './models.mjs';

/** One row each, and all of them together: as a deployment brings them along. */
const GOLDEN_ROWS = 3;

/** The folder of the digits network as Ingot writes and publishes it: with golden samples and checksums. */
export async function ownDigits() {
  const folder = join(HOME, 'bench-models-own/digits');
  if (existsSync(folder)) return folder;
  const model = tf.sequential({
    layers: [
      tf.layers.conv2d({inputShape: [28, 28, 1], filters: 16, kernelSize: 3, activation: 'relu'}),
      tf.layers.maxPooling2d({poolSize: 2}),
      tf.layers.flatten(),
      tf.layers.dense({units: 10, activation: 'softmax'}),
    ],
  });
  const serve = images => model.predict(images);
  const captured = capture(serve, {x: {shape: [null, 28, 28, 1], dtype: 'float32'}}, {outputs: 'scores'});
  const tensor = value => ({dtype: 'float32', shape: value.shape, values: [...value.dataSync()]});
  const sample = x => ({signature: 'serving_default', inputs: {x: tensor(x)}, outputs: {scores: tensor(serve(x))}});
  const images = tf.randomUniform([GOLDEN_ROWS, 28, 28, 1], 0, 1, 'float32', 7);
  const golden = {
    formatVersion: 1,
    tolerance: {absolute: 1e-5, relative: 1e-4},
    samples: [...tf.split(images, GOLDEN_ROWS), images].map(sample),
  };
  const incoming = join(`${folder}.incoming`, '1');
  await mkdir(`${folder}.incoming`, {recursive: true});
  await saveSavedModel(incoming, {serving_default: captured}, {extras: {'golden.json': JSON.stringify(golden)}});
  await writeChecksums(incoming);
  await rename(`${folder}.incoming`, folder);
  return folder;
}
