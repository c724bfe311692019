import type {Tensor} from '@tensorflow/tfjs-node';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {EngineProcess} from '../engine/index.js';
import {tf} from '../native/index.js';
import {saveSavedModel} from '../saved-model/index.js';
import {loadSavedModel, recordProfile} from '../session/index.js';
import {capture} from './index.js';

const HEADS = 3;
const DEPTH = 5;
const WIDTH = HEADS * DEPTH;

/** Weights that are neither 0 nor 1, the same each time. */
const weights = (seed: number, ...shape: number[]): Tensor => tf.randomNormal(shape, 0, 0.5, 'float32', seed);

/** A block of a transformer with the normalisation first, as tfjs's users write it. */
function block(x: Tensor): Tensor {
  const layer = (seed: number) => {
    const one = tf.layers.layerNormalization();
    one.build([null, null, WIDTH]);
    one.setWeights([weights(seed, WIDTH), weights(seed + 1, WIDTH)]);
    return one;
  };
  const dense = (from: Tensor, seed: number, columns = WIDTH) =>
    from
      .reshape([-1, from.shape.at(-1) as number])
      .matMul(weights(seed, from.shape.at(-1) as number, columns))
      .add(weights(seed + 1, columns))
      .reshape([...from.shape.slice(0, -1), columns]);
  const [batch, time] = x.shape as [number, number];
  const heads = (from: Tensor) => from.reshape([batch, time, HEADS, DEPTH]).transpose([0, 2, 1, 3]);
  const normal = layer(1).apply(x) as Tensor;
  const [q, k, v] = [3, 5, 7].map(seed => heads(dense(normal, seed))) as [Tensor, Tensor, Tensor];
  const shares = tf.matMul(q, k, false, true).div(Math.sqrt(DEPTH)).softmax();
  const mixed = tf.matMul(shares, v).transpose([0, 2, 1, 3]).reshape([batch, time, WIDTH]);
  const attended = x.add(dense(mixed, 9));
  return attended.add(dense(dense(layer(11).apply(attended) as Tensor, 13, 2 * WIDTH).relu(), 15));
}

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ingot-fused-'));
  const serve = capture(
    x => tf.tidy(() => block(x)),
    {x: {shape: [null, 11, WIDTH], dtype: 'float32'}},
    {outputs: 'y'},
  );
  await saveSavedModel(dir, {serving_default: serve});
});
afterAll(() => rm(dir, {recursive: true}));

const inputs = (batch: number) => {
  const data = Float32Array.from({length: batch * 11 * WIDTH}, (_, i) => Math.sin(i * i));
  return {x: {dtype: 'float32', shape: [batch, 11, WIDTH], data}} as const;
};

function expectClose(given: Float32Array, wanted: Float32Array): void {
  const apart = given.reduce((most, value, i) => Math.max(most, Math.abs(value - (wanted[i] as number))), 0);
  expect(apart).toBeLessThan(1e-5 * wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 0));
}

test('a captured transformer runs with fused ops, close to eager tfjs', async () => {
  const model = await loadSavedModel(dir, {device: 'cpu'});
  for (const batch of [1, 8]) {
    const {x} = inputs(batch);
    const recording = recordProfile();
    const {y} = await model.run('serving_default', {x});
    const profile = Buffer.from(await recording.end());
    expect(['IngotAttention', 'IngotLayerNorm'].filter(op => !profile.includes(op))).toEqual([]);
    const eager = tf.tidy(() => block(tf.tensor(x.data, [...x.shape], 'float32')).dataSync());
    expectClose(y?.data as Float32Array, eager as Float32Array);
  }
  await model.dispose();
});

test.each(['baseline', 'avx2', 'avx512'])('the same on processors that have no more than %s', async kernels => {
  const engine = await EngineProcess.start({
    ...{runs: 1, graceMs: 60_000, longestRunMs: 600_000},
    env: {INGOT_KERNELS: kernels},
  });
  try {
    const model = await engine.load(dir, {});
    const exact = await engine.load(dir, {exact: true});
    for (const batch of [1, 8]) {
      const {y} = await model.run('serving_default', inputs(batch));
      const {y: wanted} = await exact.run('serving_default', inputs(batch));
      expectClose(y?.data as Float32Array, wanted?.data as Float32Array);
    }
  } finally {
    await engine.close();
  }
});
