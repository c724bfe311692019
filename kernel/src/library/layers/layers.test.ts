import type {Tensor} from '@tensorflow/tfjs-node';
import {tf} from '@ingot/tensorflow';
import {positionEmbedding, quantileHead, transformerBlock} from './index.js';

const START = [
  [-1, 0, 1],
  [-1.5, 0.1, 1.4],
];

function headModel() {
  const input = tf.input({shape: [5]});
  return tf.model({inputs: input, outputs: quantileHead({start: START}).apply(input) as never});
}

test('an untrained quantile head gives its start quantiles, whatever it is asked', () => {
  const output = headModel().predict(tf.randomNormal([4, 5])) as Tensor;
  for (const row of output.arraySync() as number[][][]) {
    expect(row.flat()).toEqual([...Float32Array.from(START.flat())]);
  }
});

test('quantiles do not cross under any weights', () => {
  const model = headModel();
  for (let draw = 0; draw < 20; draw++) {
    const weights = model.trainableWeights.map(weight => tf.randomNormal(weight.shape as number[], 0, 2));
    model.trainableWeights.forEach((weight, index) => weight.write(weights[index] as Tensor));
    const rows = (model.predict(tf.randomNormal([16, 5])) as Tensor).arraySync() as number[][][];
    for (const quantiles of rows.flat()) expect([...quantiles].sort((a, b) => a - b)).toEqual(quantiles);
  }
});

test('the start quantiles are no weights that training could change', () => {
  expect(headModel().trainableWeights.map(({originalName}) => originalName.split('/').at(-1))).toEqual([
    'shift',
    'stretch',
  ]);
});

test('attention sees the order of tokens through the position embedding, and only so', () => {
  const input = tf.input({shape: [6, 8]});
  const block = transformerBlock({heads: 2, hidden: 16});
  const without = tf.model({inputs: input, outputs: block.apply(input) as never});
  const shuffled = [3, 1, 5, 0, 2, 4];
  const x = tf.randomNormal([2, 6, 8]);
  const outputs = (without.predict(x) as Tensor).gather(shuffled, 1);
  const moved = without.predict(x.gather(shuffled, 1)) as Tensor;
  expect(outputs.sub(moved).abs().max().dataSync()[0]).toBeLessThan(1e-5);

  const placed = tf.model({inputs: input, outputs: block.apply(positionEmbedding().apply(input)) as never});
  const aware = (placed.predict(x) as Tensor).gather(shuffled, 1);
  expect(
    aware
      .sub(placed.predict(x.gather(shuffled, 1)) as Tensor)
      .abs()
      .max()
      .dataSync()[0],
  ).toBeGreaterThan(1e-3);
});

test('a model with these layers comes back from its saved form with the same outputs', async () => {
  const input = tf.input({shape: [6, 8]});
  const tokens = positionEmbedding().apply(input);
  const flat = tf.layers.flatten().apply(transformerBlock({heads: 4, hidden: 12}).apply(tokens));
  const model = tf.model({inputs: input, outputs: quantileHead({start: START}).apply(flat) as never});
  const x = tf.randomNormal([3, 6, 8]);
  let saved: Parameters<typeof tf.io.fromMemory>[0] | undefined;
  await model.save(
    tf.io.withSaveHandler(async artifacts => {
      saved = artifacts as never;
      return {modelArtifactsInfo: {dateSaved: new Date(0), modelTopologyType: 'JSON'}};
    }),
  );
  const loaded = await tf.loadLayersModel(tf.io.fromMemory(saved as never));
  expect((loaded.predict(x) as Tensor).arraySync()).toEqual((model.predict(x) as Tensor).arraySync());
});

test('features that the heads cannot share are refused', () => {
  const input = tf.input({shape: [6, 10]});
  expect(() => transformerBlock({heads: 4, hidden: 8}).apply(input)).toThrow('10 features cannot be shared by 4');
});
