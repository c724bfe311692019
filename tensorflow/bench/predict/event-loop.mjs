// How long the event loop stands still while a model runs for a second.
import {openSync, readSync} from 'node:fs';
import {join} from 'node:path';
import {monitorEventLoopDelay} from 'node:perf_hooks';
import {capture, loadSavedModel, saveSavedModel, tf} from '../../lib/index.js';

const RUNS = 5;
const [SPACE, ZERO] = [0x20, 0x30];
const median = values => values.toSorted((a, b) => a - b)[values.length >> 1];

export function floats(shape) {
  return {dtype: 'float32', shape, data: new Float32Array(shape.reduce((a, b) => a * b)).map(Math.random)};
}

/** The batch of a model whose run takes about a second. */
async function longInput(model) {
  const [, ...sizes] = model.signatures.serving_default.inputs.x.shape;
  for (let batch = 256; ; batch *= 2) {
    const input = {x: floats([batch, ...sizes])};
    await model.run('serving_default', input);
    const started = performance.now();
    await model.run('serving_default', input);
    if (performance.now() - started >= 600) return input;
  }
}

/** Layers whose inputs and outputs are large: 104 MB in and 130 MB out. */
async function largeTensors(dir) {
  const weights = [512, 640, 640, 640].map((inputs, i) => tf.randomNormal([inputs, 640], 0, 0.05, 'float32', i));
  const layers = x => weights.reduce((y, weight) => y.matMul(weight).tanh(), x);
  const folder = join(dir, 'large-tensors');
  const x = {shape: [null, 512], dtype: 'float32'};
  await saveSavedModel(folder, {serving_default: capture(layers, {x}, {outputs: 'y'})});
  return loadSavedModel(folder);
}

/** @returns rows of milliseconds: of this model, and of one with large tensors */
export async function eventLoop(model, dir) {
  const large = await largeTensors(dir);
  const rows = [
    await row('transformer', model, await longInput(model)),
    await row('104 MB in, 130 MB out', large, {x: floats([50_800, 512])}),
  ];
  await large.dispose();
  return rows;
}

async function row(name, model, input) {
  const run = [];
  const idle = [];
  await model.run('serving_default', input);
  for (let i = 0; i < RUNS; i++) {
    run.push(await longest(() => model.run('serving_default', input)));
    // What this machine does to a process that only waits.
    idle.push(await longest(() => new Promise(resolve => setTimeout(resolve, run[i].ms))));
  }
  const of = (rounds, key) => median(rounds.map(round => round[key]));
  return {
    name,
    run_ms: of(run, 'ms'),
    longest_delay_ms: of(run, 'delay'),
    idle_longest_delay_ms: of(idle, 'delay'),
    longest_turn_cpu_ms: of(run, 'cpu'),
  };
}

/**
 * The longest that the loop was late, and the most that it computed in one turn: on a busy machine it is late because
 * others compute, too.
 */
async function longest(work) {
  const monitor = monitorEventLoopDelay({resolution: 1});
  let before = cpuMs();
  let cpu = 0;
  const turns = setInterval(() => {
    const now = cpuMs();
    cpu = Math.max(cpu, now - before);
    before = now;
  }, 1);
  monitor.enable();
  const started = performance.now();
  await work();
  const ms = performance.now() - started;
  // What comes back, and what is freed, is part of it.
  await new Promise(resolve => setTimeout(resolve, 20));
  monitor.disable();
  clearInterval(turns);
  return {ms, delay: monitor.max / 1e6, cpu};
}

const SCHEDSTAT = (() => {
  try {
    return openSync(`/proc/self/task/${process.pid}/schedstat`);
  } catch {
    return null;
  }
})();
const text = Buffer.alloc(64);

/**
 * What this thread has computed (Linux: the first number of schedstat, in nanoseconds); NaN elsewhere. Without garbage: it is
 * asked every millisecond, and V8 collecting what that leaves would be most of what is measured.
 */
function cpuMs() {
  if (SCHEDSTAT === null) return NaN;
  readSync(SCHEDSTAT, text, 0, text.length, 0);
  let nanoseconds = 0;
  for (let i = 0; text[i] !== SPACE; i++) nanoseconds = nanoseconds * 10 + (text[i] - ZERO);
  return nanoseconds / 1e6;
}
