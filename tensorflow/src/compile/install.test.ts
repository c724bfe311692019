import type {Tensor} from '@tensorflow/tfjs-node';
import type * as tfjs from '@tensorflow/tfjs-node';
import {capture} from '../capture/index.js';
import {sorted, type GraphTensor} from '../graph/graph.js';
import {tf} from '../native/index.js';
import {table} from '../testing/twins.js';
import {compile, uncompile} from './index.js';

const x = table([16, 5, 2], 1);
const y = table([16, 3], 2);
const fitArgs = {epochs: 2, batchSize: 4, verbose: 0};

/** A model that counts how often its loss is called in JavaScript: in each of 8 steps, or twice for a graph. */
function counting() {
  const model = tf.sequential({layers: [tf.layers.flatten({inputShape: [5, 2]}), tf.layers.dense({units: 3})]});
  let calls = 0;
  const loss = (truth: Tensor, guess: Tensor) => {
    calls++;
    return truth.sub(guess).square().mean();
  };
  model.compile({optimizer: tf.train.sgd(0.1), loss});
  const fit = async () => {
    calls = 0;
    await model.fit(x, y, fitArgs);
    return calls;
  };
  return {model, fit};
}

test('compile.install is for every model but those that are refused, until compile.uninstall', async () => {
  const [before, any, refused] = [counting(), counting(), counting()];
  expect(await before.fit()).toBe(8);
  compile.install();
  try {
    expect(await before.fit()).toBe(2);
    expect(await any.fit()).toBe(2);
    expect(await any.fit()).toBe(0);
    uncompile(refused.model);
    expect(await refused.fit()).toBe(8);
  } finally {
    compile.uninstall();
  }
  expect(await any.fit()).toBe(8);
  expect(await counting().fit()).toBe(8);
});

test('a compiled model is captured as any other, also where its inputs are more than one batch', () => {
  const model = compile(tf.sequential({layers: [tf.layers.dense({units: 3, inputShape: [4]})]}));
  const captured = capture(x => model.predict(x) as Tensor, {x: {shape: [80, 4], dtype: 'float32'}});
  expect(sorted([captured.graph.outputs['output_0'] as GraphTensor]).filter(({kind}) => kind === 'op')).toHaveLength(2);
  captured.dispose();
});

test.each([
  ['dropout within an LSTM', () => [tf.layers.lstm({units: 3, dropout: 0.5, inputShape: [5, 2]})]],
  ['recurrent dropout', () => [tf.layers.gru({units: 3, recurrentDropout: 0.5, inputShape: [5, 2]})]],
  ['gaussian dropout', () => [tf.layers.gaussianDropout({rate: 0.5, inputShape: [5, 2]}), tf.layers.flatten()]],
  ['alpha dropout', () => [tf.layers.alphaDropout({rate: 0.5, inputShape: [5, 2]}), tf.layers.flatten()]],
] as [string, () => tfjs.layers.Layer[]][])('%s draws anew in every step of a graph', async (_, layers) => {
  const warnings: string[] = [];
  const model = tf.sequential({layers: [...layers(), tf.layers.dense({units: 3})]});
  compile(model, {warn: message => warnings.push(message)});
  model.compile({optimizer: tf.train.sgd(0), loss: 'meanSquaredError'});
  const {history} = await model.fit(x, y, {epochs: 8, batchSize: 16, shuffle: false, verbose: 0});
  expect(new Set(history['loss']).size).toBe(8);
  expect(warnings).toEqual([]);
});

test('what is no layers model is refused', () => {
  expect(() => compile(((x: Tensor) => x) as never)).toThrow(/compile takes a layers model.*compile.step/);
});
