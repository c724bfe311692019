/**
 * How the cost of compiled training grows with layers, weights and time steps: the first step, which runs op by op; the
 * second, which makes the graph; and those after it. Each row is a process of its own.
 * node tensorflow/bench/train-growth.mjs [layers | weights | steps ...]
 */
import {execFileSync} from 'node:child_process';
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';

const MB = 2 ** 20;
const BATCH = 32;
/**
 * The first step, which tfjs does op by op, holds about so many times the weights until its end with SGD. With Adam it is 18:
 * moments, gradients and fourteen tensors on the way for each weight.
 */
const COPIES = 8;
const SIZES = {
  layers: [10, 30, 100, 300, 1000],
  weights: [1, 10, 100, 300, 1000],
  steps: [10, 30, 100, 300, 1000],
};
const UNITS = {layers: 'dense layers of 64', weights: 'MB of weights (SGD)', steps: 'time steps of an LSTM(32)'};

const dense = (tf, units, inputShape) => tf.layers.dense({units, activation: 'relu', ...(inputShape && {inputShape})});
const MODELS = {
  layers: (tf, count) => ({
    x: [64],
    layers: Array.from({length: count}, (_, i) => dense(tf, 64, i === 0 ? [64] : undefined)),
  }),
  weights: (tf, megabytes) => {
    const units = Math.round(Math.sqrt((megabytes * MB) / 4 / 4));
    return {x: [units], layers: Array.from({length: 4}, (_, i) => dense(tf, units, i === 0 ? [units] : undefined))};
  },
  steps: (tf, count) => ({
    x: [count, 1],
    layers: [tf.layers.lstm({units: 32, inputShape: [count, 1], recurrentInitializer: 'glorotUniform'})],
  }),
};

const timed = async run => {
  const cpu = process.cpuUsage();
  const start = performance.now();
  await run();
  const {user, system} = process.cpuUsage(cpu);
  return {ms: performance.now() - start, cpu: (user + system) / 1000};
};

async function measure({kind, size}) {
  const {compile, tf} = await import('../lib/index.js');
  const {x, layers} = MODELS[kind](tf, size);
  const model = tf.sequential({layers: [...layers, tf.layers.dense({units: 1})]});
  const optimizer = kind === 'weights' ? tf.train.sgd(0.001) : tf.train.adam(0.001);
  model.compile({optimizer, loss: 'meanSquaredError'});
  const refused = [];
  compile(model, {warn: message => refused.push(message)});
  const [inputs, targets] = [tf.randomNormal([BATCH, ...x]), tf.randomNormal([BATCH, 1])];
  const step = () => timed(() => model.trainOnBatch(inputs, targets));
  const first = await step();
  const second = await step();
  const later = [];
  const end = performance.now() + 5000;
  while (later.length < 4 || (later.length < 30 && performance.now() < end)) later.push(await step());
  if (refused.length > 0) throw new Error(refused.join());
  return {
    'first step ms': first.ms,
    'with compiling ms': second.ms,
    'step ms': Math.min(...later.slice(1).map(({ms}) => ms)),
    'step, processor ms': Math.min(...later.slice(1).map(({cpu}) => cpu)),
    'most memory MB': process.resourceUsage().maxRSS / 1024,
  };
}

function availableMB() {
  const found = /MemAvailable:\s+(\d+) kB/.exec(readFileSync('/proc/meminfo', 'utf8'));
  return Number(found?.[1] ?? 0) / 1024;
}

if (process.argv[2]?.startsWith('{')) {
  console.log(JSON.stringify(await measure(JSON.parse(process.argv[2]))));
  process.exit(0);
}
const kinds = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(SIZES);
const rows = [];
for (const kind of kinds) {
  for (const size of SIZES[kind]) {
    const name = `${size} ${UNITS[kind]}`;
    if (kind === 'weights' && size * COPIES > availableMB()) {
      console.log(
        `${name}: left out, it needs about ${size * COPIES} MB of memory and ${Math.round(availableMB())} are free`,
      );
      continue;
    }
    const answer = execFileSync(process.execPath, [fileURLToPath(import.meta.url), JSON.stringify({kind, size})], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    rows.push({name, ...JSON.parse(answer)});
  }
}
const shown = value => (typeof value === 'number' ? Number(value.toPrecision(3)) : value);
console.table(rows.map(row => Object.fromEntries(Object.entries(row).map(([key, value]) => [key, shown(value)]))));
const out = join(process.env.INGOT_HOME ?? fileURLToPath(new URL('../../.ingot', import.meta.url)), 'bench');
mkdirSync(out, {recursive: true});
writeFileSync(join(out, 'train-growth.json'), `${JSON.stringify(rows, null, 2)}\n`);
