// Predictions through `loaded.run` against the signature call of Python's `tf.saved_model.load(...)`, both from host
// arrays to host arrays, in turns; then the event loop during a long run, and runs at once.
import {spawn} from 'node:child_process';
import {mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {monitorEventLoopDelay} from 'node:perf_hooks';
import {createInterface} from 'node:readline';
import {deviceInUse} from '../lib/native/device.js';
import {loadSavedModel} from '../lib/session/index.js';

const root = new URL('../../', import.meta.url).pathname;
const home = process.env.INGOT_HOME ?? join(root, '.ingot');
const ROUNDS = 9;
const SECONDS_PER_ROUND = 0.15;
const MOST = {ratio: 0.8, delayMs: 10};

const median = values => values.toSorted((a, b) => a - b)[values.length >> 1];

function startPeer() {
  const python = process.env.INGOT_PYTHON ?? join(home, 'python/bin/python');
  const child = spawn(python, [new URL('predict.py', import.meta.url).pathname], {stdio: ['pipe', 'pipe', 'inherit']});
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
    time: async (batch, calls) => (await ask(`run ${batch} ${calls}`)).join(' ').split(' ').map(Number),
    end: () => child.stdin.end(),
  };
}

function inputFor(model, batch) {
  const shape = [batch, ...model.signatures.serving_default.inputs.x.shape.slice(1)];
  return {x: {dtype: 'float32', shape, data: new Float32Array(shape.reduce((a, b) => a * b)).map(Math.random)}};
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

async function compare(peer, model, name) {
  const rows = [];
  for (const batch of [1, 32]) {
    const input = inputFor(model, batch);
    const once = median(await timeOurs(model, input, 20));
    await peer.time(batch, 20);
    const calls = Math.max(10, Math.min(500, Math.round((SECONDS_PER_ROUND * 1e6) / once)));
    const ours = [];
    const python = [];
    for (let round = 0; round < ROUNDS; round++) {
      ours.push(median(await timeOurs(model, input, calls)));
      python.push(median(await peer.time(batch, calls)));
    }
    const ratios = ours.map((time, i) => time / python[i]);
    rows.push({model: name, batch, ingot_us: median(ours), python_us: median(python), ratio: median(ratios)});
  }
  return rows;
}

async function eventLoopDelay(model) {
  // The batch whose run takes about a second.
  let batch = 256;
  let ms = 0;
  for (; ms < 600; batch *= 2) {
    const input = inputFor(model, batch);
    await model.run('serving_default', input);
    const started = performance.now();
    await model.run('serving_default', input);
    ms = performance.now() - started;
    if (ms >= 600) break;
  }
  const input = inputFor(model, batch);
  const longest = [];
  for (let i = 0; i < 5; i++) {
    const monitor = monitorEventLoopDelay({resolution: 1});
    monitor.enable();
    await model.run('serving_default', input);
    monitor.disable();
    longest.push(monitor.max / 1e6);
  }
  return {run_ms: ms, longest_delay_ms: median(longest)};
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
  const result = {device: deviceInUse().name, predict: [], event_loop: null, at_once: []};
  for (const name of names) {
    const model = await loadSavedModel(join(dir, name));
    await peer.ask(`load ${join(dir, name)}`);
    result.predict.push(...(await compare(peer, model, name)));
    if (name.startsWith('transformer')) {
      result.event_loop = await eventLoopDelay(model);
      for (const count of [1, 2, 4, 8, 16, 32]) result.at_once.push(await runsAtOnce(model, count));
    }
    await model.dispose();
  }
  console.log(`predict on ${result.device}; ratio of time to Python's, at most ${MOST.ratio}`);
  console.table(rounded(result.predict));
  console.log(`event loop during a long run; longest delay at most ${MOST.delayMs} ms`);
  console.table(rounded([result.event_loop]));
  console.log('runs of the transformer at once, batch 1');
  console.table(rounded(result.at_once));
  await mkdir(join(home, 'bench'), {recursive: true});
  await writeFile(join(home, 'bench/predict.json'), JSON.stringify(result, null, 2));
  const missed = result.predict.filter(row => row.ratio > MOST.ratio).map(row => `${row.model} batch ${row.batch}`);
  if (result.event_loop.longest_delay_ms > MOST.delayMs) missed.push('event loop');
  if (missed.length > 0) console.log(`not reached: ${missed.join(', ')}`);
} finally {
  peer.end();
  await rm(dir, {recursive: true, force: true});
}
