/**
 * An epoch of model.fit, in turns: compiled, and in Keras on the same TensorFlow library; then op by op in tfjs-node.
 * node tensorflow/bench/train.mjs [model ...]
 */
import {spawn} from 'node:child_process';
import {mkdirSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {createInterface} from 'node:readline';
import {fileURLToPath} from 'node:url';
import {compile, uncompile} from '../lib/compile/index.js';
import {tf} from '../lib/native/index.js';
import {MODELS} from './train-models.mjs';

const BATCH = 32;
const STEPS = 50;
const ROUNDS = 7;
const EAGER_STEPS = 4;
const MOST = {toKeras: 1, toKerasMean: 0.7, toEager: {lstm: 0.1, gru: 0.1, transformer: 0.1, mlp: 0.3, convnet: 0.3}};

const here = dirname(fileURLToPath(import.meta.url));
const home = process.env.INGOT_HOME ?? join(here, '../../.ingot');
const python = process.env.INGOT_PYTHON ?? join(home, 'python/bin/python');

/** What is least disturbed by the machine's other work. */
const least = times => ({wall: Math.min(...times.map(({wall}) => wall)), cpu: Math.min(...times.map(({cpu}) => cpu))});

async function timed(steps, run) {
  const cpu = process.cpuUsage();
  const wall = performance.now();
  await run();
  const {user, system} = process.cpuUsage(cpu);
  return {wall: (performance.now() - wall) / steps, cpu: (user + system) / 1000 / steps};
}

function fitting({make, x, y, loss = 'meanSquaredError'}, compiled, steps) {
  const rows = BATCH * steps;
  const isClasses = loss === 'categoricalCrossentropy';
  const inputs = tf.randomNormal([rows, ...x]);
  const targets = isClasses ? tf.oneHot(tf.randomUniform([rows], 0, 10, 'int32'), 10) : tf.randomNormal([rows, ...y]);
  const model = make();
  model.compile({optimizer: tf.train.adam(0.001), loss});
  (compiled ? compile : uncompile)(model);
  return () => timed(steps, () => model.fit(inputs, targets, {batchSize: BATCH, epochs: 1, verbose: 0}));
}

const peer = spawn(python, [join(here, 'train.py'), `${BATCH}`, `${STEPS}`], {stdio: ['pipe', 'pipe', 'ignore']});
const answers = createInterface({input: peer.stdout})[Symbol.asyncIterator]();
async function keras(name) {
  peer.stdin.write(`${name}\n`);
  const {value, done} = await answers.next();
  if (done) throw new Error(`Keras ended during "${name}"`);
  const [wall, cpu] = value.split(' ').map(Number);
  return {wall, cpu};
}

const rows = [];
for (const name of process.argv.length > 2 ? process.argv.slice(2) : Object.keys(MODELS)) {
  const fit = fitting(MODELS[name], true, STEPS);
  await fit();
  await keras(name);
  const ours = [];
  const theirs = [];
  for (let round = 0; round < ROUNDS; round++) {
    ours.push(await fit());
    theirs.push(await keras(name));
  }
  const eagerFit = fitting(MODELS[name], false, EAGER_STEPS);
  await eagerFit();
  const [compiled, python, eager] = [least(ours), least(theirs), least([await eagerFit(), await eagerFit()])];
  rows.push({
    model: name,
    'compiled ms': compiled.wall,
    'Keras ms': python.wall,
    'eager ms': eager.wall,
    'to Keras': compiled.wall / python.wall,
    'to Keras, processor time': compiled.cpu / python.cpu,
    'to eager': compiled.wall / eager.wall,
    reached: compiled.wall / python.wall <= MOST.toKeras && compiled.wall / eager.wall <= MOST.toEager[name],
  });
}
peer.stdin.end();
const mean = key => Math.exp(rows.reduce((sum, row) => sum + Math.log(row[key]), 0) / rows.length);
const means = Object.fromEntries(['to Keras', 'to Keras, processor time', 'to eager'].map(key => [key, mean(key)]));
const table = [...rows, {model: 'geometric mean', ...means, reached: means['to Keras'] <= MOST.toKerasMean}];
const shown = value => (typeof value === 'number' ? Number(value.toPrecision(3)) : value);
console.table(table.map(row => Object.fromEntries(Object.entries(row).map(([key, value]) => [key, shown(value)]))));
mkdirSync(join(home, 'bench'), {recursive: true});
writeFileSync(
  join(home, 'bench/train.json'),
  JSON.stringify({unit: 'milliseconds per step', batch: BATCH, most: MOST, rows: table}, null, 2),
);
process.exit(0);
