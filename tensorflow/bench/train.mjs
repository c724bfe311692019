/**
 * An epoch of model.fit, in turns: compiled, and in Keras on the same TensorFlow library; then op by op, in tfjs-node as
 * npm has it and in ours, which replaces gradients that tfjs unrolls.
 * node tensorflow/bench/train.mjs [model ...]
 */
import {mkdirSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {compile, uncompile} from '../lib/compile/index.js';
import {tf} from '../lib/native/index.js';
import {compiledModel, epochOf, MODELS} from './train/models.mjs';
import {startPeer} from './train/peer.mjs';

const STEPS = 50;
const ROUNDS = 7;
const EAGER_STEPS = 4;
const EAGER_ROUNDS = 2;
const MOST = {toKeras: 1, toKerasMean: 0.7, toEager: {lstm: 0.1, gru: 0.1, transformer: 0.1, mlp: 0.3, convnet: 0.3}};

const here = dirname(fileURLToPath(import.meta.url));
const home = process.env.INGOT_HOME ?? join(here, '../../.ingot');
const python = process.env.INGOT_PYTHON ?? join(home, 'python/bin/python');
const keras = startPeer(python, [join(here, 'train/keras-peer.py'), `${STEPS}`]);
const stock = startPeer(process.execPath, [join(here, 'train/tfjs-peer.mjs'), `${EAGER_STEPS}`]);

/** What is least disturbed by the machine's other work. */
const least = times => ({wall: Math.min(...times.map(({wall}) => wall)), cpu: Math.min(...times.map(({cpu}) => cpu))});

/** The first epoch of each makes what the others use; then they take turns. */
async function inTurns(rounds, ...epochs) {
  const times = epochs.map(() => []);
  for (let round = -1; round < rounds; round++) {
    for (const [i, epoch] of epochs.entries()) {
      const time = await epoch();
      if (round >= 0) times[i].push(time);
    }
  }
  return times.map(least);
}

const ours = (name, choose, steps) => {
  const model = compiledModel(tf, name);
  choose(model);
  return epochOf(tf, model, name, steps);
};

const rows = [];
for (const name of process.argv.length > 2 ? process.argv.slice(2) : Object.keys(MODELS)) {
  const [compiled, python] = await inTurns(ROUNDS, ours(name, compile, STEPS), () => keras.epoch(name));
  const [eager, mended] = await inTurns(EAGER_ROUNDS, () => stock.epoch(name), ours(name, uncompile, EAGER_STEPS));
  rows.push({
    model: name,
    'compiled ms': compiled.wall,
    'Keras ms': python.wall,
    'tfjs-node ms': eager.wall,
    'ours op by op ms': mended.wall,
    'to Keras': compiled.wall / python.wall,
    'to Keras, processor time': compiled.cpu / python.cpu,
    'to tfjs-node': compiled.wall / eager.wall,
    'to ours op by op': compiled.wall / mended.wall,
    reached: compiled.wall / python.wall <= MOST.toKeras && compiled.wall / eager.wall <= MOST.toEager[name],
  });
}
for (const peer of [keras, stock]) peer.end();
const mean = key => Math.exp(rows.reduce((sum, row) => sum + Math.log(row[key]), 0) / rows.length);
const ratios = ['to Keras', 'to Keras, processor time', 'to tfjs-node', 'to ours op by op'];
const means = Object.fromEntries(ratios.map(key => [key, mean(key)]));
const table = [...rows, {model: 'geometric mean', ...means, reached: means['to Keras'] <= MOST.toKerasMean}];
const shown = value => (typeof value === 'number' ? Number(value.toPrecision(3)) : value);
console.table(table.map(row => Object.fromEntries(Object.entries(row).map(([key, value]) => [key, shown(value)]))));
mkdirSync(join(home, 'bench'), {recursive: true});
writeFileSync(
  join(home, 'bench/train.json'),
  JSON.stringify({unit: 'milliseconds per step', batch: 32, most: MOST, rows: table}, null, 2),
);
process.exit(0);
