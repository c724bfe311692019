// What capture, save, load and a run cost, and how that grows: with layers, time steps and weights; wall time and memory.
// Each row is made in one process and loaded in another, so that peaks of memory do not mix. Runs at once: predict.mjs.
import {execFileSync} from 'node:child_process';
import {mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

const MB = 2 ** 20;
const KINDS = {transformer, dense, lstm, weights};
const rows = [
  {name: 'gold: 2-block transformer, window 60, d 64', kind: 'transformer', layers: 2, limitS: 1},
  {name: '100 layers, dense 64', kind: 'dense', layers: 100, limitS: 10},
  ...[10, 30, 100, 300, 1000].map(layers => ({name: `${layers} layers, dense 64`, kind: 'dense', layers})),
  ...[1, 4, 16, 64].map(layers => ({name: `${layers} transformer blocks`, kind: 'transformer', layers})),
  ...[10, 30, 100, 300, 1000].map(steps => ({name: `${steps} time steps, LSTM(32)`, kind: 'lstm', steps})),
  ...[1, 10, 30, 100, 300, 1000].map(megabytes => ({
    name: `${megabytes} MB of weights`,
    kind: 'weights',
    megabytes,
    limitX: 2.5,
  })),
];

const [task, ...args] = process.argv.slice(2);
if (task === 'save') console.log(JSON.stringify(await save(JSON.parse(args[0]), args[1])));
else if (task === 'load') console.log(JSON.stringify(await load(JSON.parse(args[0]), args[1])));
else await compare();

async function compare() {
  const results = [];
  for (const row of rows) {
    const dir = mkdtempSync(path.join(tmpdir(), 'ingot-bench-'));
    try {
      const model = path.join(dir, 'model');
      const step = task => {
        const script = fileURLToPath(import.meta.url);
        const options = {encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore']};
        return JSON.parse(execFileSync(process.execPath, [script, task, JSON.stringify(row), model], options));
      };
      results.push({...row, ...step('save'), ...step('load')});
    } finally {
      rmSync(dir, {recursive: true});
    }
  }
  const shown = results.map(
    ({name, captureMs, saveMs, loadMs, firstMs, runMs, nodes, savedMB, savePeakX, loadPeakX}) => {
      const numbers = {captureMs, saveMs, loadMs, firstMs, runMs, nodes, savedMB, savePeakX, loadPeakX};
      const rounded = Object.entries(numbers).map(([key, value]) => [key, value && Number(value.toPrecision(3))]);
      return {name, ...Object.fromEntries(rounded)};
    },
  );
  console.log('milliseconds; runs have a batch of one; peaks of memory are multiples of what was saved');
  console.table(shown);
  for (const {name, captureMs, saveMs, savePeakX, loadPeakX, limitS, limitX} of results) {
    const seconds = (captureMs + saveMs) / 1000;
    if (limitS)
      console.log(`${name}: ${seconds.toFixed(2)} s, asked < ${limitS} s: ${seconds < limitS ? 'yes' : 'NO'}`);
    if (limitX && loadPeakX) {
      const most = Math.max(savePeakX, loadPeakX);
      console.log(`${name}: ${most.toFixed(2)} x in memory, asked <= ${limitX} x: ${most <= limitX ? 'yes' : 'NO'}`);
    }
  }
  const out = path.join(process.env.INGOT_HOME ?? fileURLToPath(new URL('../../.ingot', import.meta.url)), 'bench');
  mkdirSync(out, {recursive: true});
  writeFileSync(path.join(out, 'capture.json'), `${JSON.stringify(results, null, 2)}\n`);
}

async function save(row, dir) {
  const {capture, saveSavedModel, tf} = await import('../lib/index.js');
  const {sorted} = await import('../lib/graph/graph.js');
  const library = process.memoryUsage().rss;
  const {fn, specs} = KINDS[row.kind](tf, row);
  const zeros = ({shape, dtype}) =>
    tf.zeros(
      shape.map(size => size ?? 2),
      dtype,
    );
  tf.tidy(() => void fn(...Object.values(specs).map(zeros)));
  const start = performance.now();
  const captured = capture(fn, specs);
  const capturedAt = performance.now();
  await saveSavedModel(dir, {serving_default: captured});
  const savedAt = performance.now();
  const savedMB = size(dir) / MB;
  return {
    captureMs: capturedAt - start,
    saveMs: savedAt - capturedAt,
    nodes: sorted(Object.values(captured.graph.outputs)).length,
    savedMB,
    savePeakX: row.megabytes >= 100 ? peakOver(library) / savedMB : undefined,
  };
}

async function load(row, dir) {
  const {addon} = await import('../lib/native/addon.js');
  const {deviceInUse} = await import('../lib/native/device.js');
  const {loadSavedModel} = await import('../lib/session/index.js');
  addon();
  // What a GPU's driver and libraries take is the library's, too.
  deviceInUse();
  const library = process.memoryUsage().rss;
  const start = performance.now();
  const model = await loadSavedModel(dir);
  const loadMs = performance.now() - start;
  const [[name, {shape: wanted}]] = Object.entries(model.signatures.serving_default.inputs);
  const shape = wanted.map(size => (size === -1 ? 1 : size));
  const data = new Float32Array(shape.reduce((a, b) => a * b)).fill(0.5);
  const times = [];
  const end = performance.now() + 500;
  while (times.length < 6 || performance.now() < end) {
    const started = performance.now();
    await model.run('serving_default', {[name]: {dtype: 'float32', shape, data}});
    times.push(performance.now() - started);
  }
  const [firstMs, ...others] = times;
  const loadPeakX = row.megabytes >= 100 ? peakOver(library) / (size(dir) / MB) : undefined;
  await model.dispose();
  return {loadMs, firstMs, runMs: others.toSorted((a, b) => a - b)[others.length >> 1], loadPeakX};
}

/** What the process took at most beyond the library itself, in MB; when saving, the weights that tfjs has included. */
function peakOver(library) {
  return (process.resourceUsage().maxRSS * 1024 - library) / MB;
}

function size(dir) {
  return readdirSync(dir, {recursive: true}).reduce((sum, file) => sum + statSync(path.join(dir, file)).size, 0);
}

function dense(tf, {layers}) {
  const model = tf.sequential();
  for (let i = 0; i < layers; i++)
    model.add(tf.layers.dense({units: 64, activation: 'relu', ...(i === 0 ? {inputShape: [64]} : {})}));
  return {fn: x => model.predict(x), specs: {x: {shape: [null, 64], dtype: 'float32'}}};
}

function lstm(tf, {steps}) {
  const recurrentInitializer = 'glorotUniform';
  const model = tf.sequential({layers: [tf.layers.lstm({units: 32, inputShape: [steps, 1], recurrentInitializer})]});
  return {fn: x => model.predict(x), specs: {x: {shape: [null, steps, 1], dtype: 'float32'}}};
}

/** Plain matrices made by TensorFlow itself, so that JavaScript never holds them. */
function weights(tf, {megabytes}) {
  const count = Math.max(1, Math.round(megabytes / 64));
  const width = Math.round(Math.sqrt((megabytes * MB) / 4 / count));
  const matrices = Array.from({length: count}, (_, i) => tf.variable(tf.fill([width, width], 1 / (i + 1) / width)));
  return {
    fn: x => matrices.reduce((y, matrix) => y.matMul(matrix), x),
    specs: {x: {shape: [null, width], dtype: 'float32'}},
  };
}

function transformer(tf, {layers: blocks}) {
  const window = 60;
  const d = 64;
  class Attention extends tf.layers.Layer {
    static className = 'Attention';
    build() {
      this.kernels = ['q', 'k', 'v', 'o'].map(name =>
        this.addWeight(name, [d, d], 'float32', tf.initializers.glorotUniform({})),
      );
      this.built = true;
    }
    call(inputs) {
      return tf.tidy(() => {
        const x = Array.isArray(inputs) ? inputs[0] : inputs;
        const [b, t] = x.shape;
        const [q, k, v, o] = this.kernels.map(kernel => kernel.read());
        const heads = w =>
          x
            .reshape([b * t, d])
            .matMul(w)
            .reshape([b, t, 4, d / 4])
            .transpose([0, 2, 1, 3]);
        const scores = tf
          .matMul(heads(q), heads(k), false, true)
          .mul(1 / Math.sqrt(d / 4))
          .softmax();
        return tf
          .matMul(scores, heads(v))
          .transpose([0, 2, 1, 3])
          .reshape([b * t, d])
          .matMul(o)
          .reshape([b, t, d]);
      });
    }
    computeOutputShape(shape) {
      return shape;
    }
  }
  const add = (a, b) => tf.layers.layerNormalization().apply(tf.layers.add().apply([a, b]));
  const input = tf.input({shape: [window, 1]});
  let x = tf.layers.dense({units: d}).apply(input);
  for (let i = 0; i < blocks; i++) {
    x = add(x, new Attention({}).apply(x));
    x = add(x, tf.layers.dense({units: d}).apply(tf.layers.dense({units: 2 * d, activation: 'relu'}).apply(x)));
  }
  const output = tf.layers.dense({units: 21}).apply(tf.layers.globalAveragePooling1d({}).apply(x));
  const model = tf.model({inputs: input, outputs: output});
  const fn = prices => {
    const last = prices.slice([0, window - 1], [-1, 1]);
    return model.predict(prices.div(last).log().expandDims(2)).reshape([-1, 7, 3]).exp().mul(last.expandDims(2));
  };
  return {fn, specs: {prices: {shape: [null, window], dtype: 'float32'}}};
}
