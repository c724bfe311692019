import type {LayersModel} from '@tensorflow/tfjs-node';
import {compile, uncompile} from '../compile/index.js';
import {tf} from '../native/index.js';
import {table} from './twins.js';

/**
 * Saves a model with its optimizer after every batch, loads what was saved last and trains on; op by op, then as graphs.
 * Prints the numbers of each as JSON. It runs as a program of its own, because in Jest's realm tfjs does not know the
 * arrays of the library.
 */
const [x, y] = [table([22, 4], 1), table([22, 3], 2)];
const fitArgs = {epochs: 3, batchSize: 8, shuffle: false, verbose: 0};
const layers = () => [
  tf.layers.dense({units: 5, activation: 'tanh', inputShape: [4]}),
  tf.layers.batchNormalization(),
  tf.layers.dense({units: 3}),
];

async function train(model: LayersModel, mode: (model: LayersModel) => void): Promise<number[]> {
  const numbers: number[] = [];
  const artifacts: object[] = [];
  const handler = tf.io.withSaveHandler(saved => {
    artifacts.push(saved);
    numbers.push(...new Float32Array(saved.weightData as ArrayBuffer));
    return Promise.resolve({modelArtifactsInfo: {dateSaved: new Date(), modelTopologyType: 'JSON'}});
  });
  const save = async () => void (await model.save(handler, {includeOptimizer: true}));
  model.compile({optimizer: tf.train.adam(0.01), loss: 'meanSquaredError'});
  mode(model);
  await model.fit(x, y, {...fitArgs, callbacks: {onBatchEnd: save}});
  const loaded = await tf.loadLayersModel(tf.io.fromMemory(artifacts.at(-1) as Parameters<typeof tf.io.fromMemory>[0]));
  mode(loaded);
  const {history} = await loaded.fit(x, y, fitArgs);
  return [...numbers, ...(history['loss'] as number[])];
}

const models = [tf.sequential({layers: layers()}), tf.sequential({layers: layers()})] as const;
models[1].setWeights(models[0].getWeights());
console.log(JSON.stringify([await train(models[0], uncompile), await train(models[1], model => void compile(model))]));
