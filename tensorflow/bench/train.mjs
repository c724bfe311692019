/**
 * A training step of model.fit: compiled, op by op in tfjs-node, and in Keras on the same TensorFlow library.
 * node tensorflow/bench/train.mjs [model ...]
 */
import {execFileSync} from 'node:child_process';
import {mkdirSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {compile, uncompile} from '../lib/compile/index.js';
import {tf} from '../lib/native/index.js';
import {MODELS} from './train-models.mjs';

const BATCH = 32;
const STEPS = 50;
const EPOCHS = 5;
const EAGER_STEPS = 6;

const here = dirname(fileURLToPath(import.meta.url));
const home = process.env.INGOT_HOME ?? join(here, '../../.ingot');
const python = process.env.INGOT_PYTHON ?? join(home, 'python/bin/python');

async function msPerStep({make, x, y, loss = 'meanSquaredError'}, compiled, steps, epochs) {
  const inputs = tf.randomNormal([BATCH * steps, ...x]);
  const targets =
    loss === 'categoricalCrossentropy'
      ? tf.oneHot(tf.randomUniform([BATCH * steps], 0, 10, 'int32'), 10)
      : tf.randomNormal([BATCH * steps, ...y]);
  const model = make();
  model.compile({optimizer: tf.train.adam(0.001), loss});
  (compiled ? compile : uncompile)(model);
  const fit = () => model.fit(inputs, targets, {batchSize: BATCH, epochs: 1, verbose: 0});
  await fit();
  const times = [];
  for (let epoch = 0; epoch < epochs; epoch++) {
    const start = performance.now();
    await fit();
    times.push((performance.now() - start) / steps);
  }
  tf.dispose([inputs, targets]);
  return times.sort((a, b) => a - b)[Math.floor(times.length / 2)];
}

const wanted = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(MODELS);
const keras = JSON.parse(
  execFileSync(python, [join(here, 'train.py'), `${BATCH}`, `${STEPS}`, `${EPOCHS}`], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }),
);
const rows = [];
for (const name of wanted) {
  const compiled = await msPerStep(MODELS[name], true, STEPS, EPOCHS);
  const eager = await msPerStep(MODELS[name], false, EAGER_STEPS, 1);
  rows.push({
    model: name,
    compiled,
    keras: keras[name],
    eager,
    toKeras: compiled / keras[name],
    toEager: compiled / eager,
  });
}
const mean = key => Math.exp(rows.reduce((sum, row) => sum + Math.log(row[key]), 0) / rows.length);
const round = value => (typeof value === 'number' ? +value.toPrecision(3) : value);
const summary = {model: 'geometric mean', toKeras: mean('toKeras'), toEager: mean('toEager')};
console.table(
  [...rows, summary].map(row => Object.fromEntries(Object.entries(row).map(([key, value]) => [key, round(value)]))),
);
mkdirSync(join(home, 'bench'), {recursive: true});
writeFileSync(
  join(home, 'bench/train.json'),
  JSON.stringify({unit: 'ms per step', batch: BATCH, rows, summary}, null, 2),
);
process.exit(0);
