// Predictions through `loaded.run` against the signature call of Python's `tf.saved_model.load(...)`, both from host
// arrays to host arrays, in turns; then the event loop during a long run, and runs at once.
// Five networks, each as Keras saves it and as `saveSavedModel` does. Three ratios: each side on its own SavedModel, as
// their users have it; both on Keras's; both on Ingot's.
import {spawn} from 'node:child_process';
import {mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {deviceInUse} from '../lib/native/device.js';

// Before tfjs, as a process does that only serves.
const {addon} = await import('../lib/native/addon.js');
addon();
const {capture, loadSavedModel, saveSavedModel, tf} = await import('../lib/index.js');
const {eventLoop, floats} = await import('./predict/event-loop.mjs');
const {MODELS} = await import('./train/models.mjs');

const root = new URL('../../', import.meta.url).pathname;
const home = process.env.INGOT_HOME ?? join(root, '.ingot');
const ROUNDS = 9;
const SECONDS_PER_ROUND = 0.1;
const MOST = {ratio: 0.8, delayMs: 10};

const median = values => values.toSorted((a, b) => a - b)[values.length >> 1];

function startPeer() {
  const python = process.env.INGOT_PYTHON ?? join(home, 'python/bin/python');
  const child = spawn(python, [new URL('predict/predict.py', import.meta.url).pathname], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({input: child.stdout})[Symbol.asyncIterator]();
  const ask = async command => {
    child.stdin.write(`${command}\n`);
    const answer = [];
    for (;;) {
      const {value, done} = await lines.next();
      if (done) throw new Error(`Python ended during "${command}"`);
      if (value === '.') return answer;
      answer.push(value);
    }
  };
  return {
    ask,
    time: async (dir, batch, calls) => (await ask(`run ${dir} ${batch} ${calls}`)).join(' ').split(' ').map(Number),
    end: () => child.stdin.end(),
  };
}

function inputFor(model, batch) {
  return {x: floats([batch, ...model.signatures.serving_default.inputs.x.shape.slice(1)])};
}

async function timeOurs(model, input, calls) {
  const times = [];
  for (let i = 0; i < calls; i++) {
    const started = performance.now();
    await model.run('serving_default', input);
    times.push((performance.now() - started) * 1000);
  }
  return times;
}

/** The network as tfjs has it, with weights that are neither zero nor one, as a SavedModel of ours. */
async function write(name, dir) {
  const {make, x} = MODELS[name];
  const model = make(tf);
  model.setWeights(model.getWeights().map((weight, i) => tf.randomNormal(weight.shape, 0, 0.1, 'float32', i)));
  const serve = capture(x => model.predict(x), {x: {shape: [null, ...x], dtype: 'float32'}}, {outputs: 'y'});
  await saveSavedModel(dir, {serving_default: serve});
}

/** @param dirs the SavedModels of Keras and of Ingot */
async function compare(peer, models, dirs, name) {
  const rows = [];
  for (const batch of [1, 32]) {
    const input = inputFor(models[0], batch);
    const once = median(await timeOurs(models[0], input, 20));
    const calls = Math.max(10, Math.min(500, Math.round((SECONDS_PER_ROUND * 1e6) / once)));
    const times = {ingot: [[], []], python: [[], []]};
    for (let round = -1; round < ROUNDS; round++) {
      for (const k of [0, 1]) {
        const ours = median(await timeOurs(models[k], input, calls));
        const python = median(await peer.time(dirs[k], batch, calls));
        if (round < 0) continue; // Warm-up.
        times.ingot[k].push(ours);
        times.python[k].push(python);
      }
    }
    const ratio = (ours, python) => median(ours.map((time, i) => time / python[i]));
    const {ingot, python} = times;
    rows.push({
      model: name,
      batch,
      ingot_us: median(ingot[1]),
      python_us: median(python[0]),
      ratio: ratio(ingot[1], python[0]),
      both_on_kerass: ratio(ingot[0], python[0]),
      both_on_ingots: ratio(ingot[1], python[1]),
    });
  }
  return rows;
}

async function runsAtOnce(model, count) {
  const input = inputFor(model, 1);
  let done = 0;
  const times = [];
  const end = performance.now() + 1000;
  await Promise.all(
    Array.from({length: count}, async () => {
      while (performance.now() < end) {
        const started = performance.now();
        await model.run('serving_default', input);
        times.push(performance.now() - started);
        done++;
      }
    }),
  );
  times.sort((a, b) => a - b);
  return {at_once: count, runs_per_s: done, p50_ms: times[done >> 1], p99_ms: times[Math.floor(done * 0.99)]};
}

const rounded = rows =>
  rows.map(row =>
    Object.fromEntries(Object.entries(row).map(([k, v]) => [k, typeof v === 'number' ? Number(v.toPrecision(3)) : v])),
  );

const dir = await mkdtemp(join(tmpdir(), 'ingot-bench-'));
const peer = startPeer();
try {
  const names = await peer.ask(`write ${dir}`);
  const result = {device: deviceInUse().name, predict: [], event_loop: [], at_once: []};
  for (const name of names) {
    const dirs = [join(dir, name), join(dir, `${name}-ingot`)];
    await write(name, dirs[1]);
    const models = [];
    for (const folder of dirs) {
      models.push(await loadSavedModel(folder));
      await peer.ask(`load ${folder}`);
    }
    result.predict.push(...(await compare(peer, models, dirs, name)));
    if (name === 'transformer') {
      result.event_loop = await eventLoop(models[0], dir);
      for (const count of [1, 2, 4, 8, 16, 32]) result.at_once.push(await runsAtOnce(models[0], count));
    }
    for (const model of models) await model.dispose();
  }
  console.log(`predict on ${result.device}; ratio of time to Python's, at most ${MOST.ratio}`);
  console.table(rounded(result.predict));
  console.log(`event loop during a long run; longest delay at most ${MOST.delayMs} ms`);
  console.table(rounded(result.event_loop));
  console.log('runs of the transformer at once, batch 1');
  console.table(rounded(result.at_once));
  await mkdir(join(home, 'bench'), {recursive: true});
  await writeFile(join(home, 'bench/predict.json'), JSON.stringify(result, null, 2));
  const missed = result.predict.filter(row => row.ratio > MOST.ratio).map(row => `${row.model} batch ${row.batch}`);
  for (const {name, longest_delay_ms} of result.event_loop) {
    if (longest_delay_ms > MOST.delayMs) missed.push(`event loop, ${name}`);
  }
  if (missed.length > 0) console.log(`not reached: ${missed.join(', ')}`);
} finally {
  peer.end();
  await rm(dir, {recursive: true, force: true});
}
