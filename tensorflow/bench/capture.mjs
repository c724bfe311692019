// What capture and save cost: the gold-like model, deep models, wide models; wall time and memory.
// Each row runs in a process of its own, so that peaks of memory do not mix.
import {execFileSync} from 'node:child_process';
import {mkdirSync, mkdtempSync, rmSync, statSync, readdirSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

const MB = 2 ** 20;
const rows = [
  {name: 'gold: 2-block transformer, window 60, d 64', kind: 'transformer', layers: 2, limitS: 1},
  {name: '100 layers, dense 64', kind: 'dense', layers: 100, limitS: 10},
  ...[10, 30, 100, 300, 1000].map(layers => ({name: `${layers} layers, dense 64`, kind: 'dense', layers})),
  ...[1, 4, 16, 64].map(layers => ({name: `${layers} transformer blocks`, kind: 'transformer', layers})),
  ...[1, 10, 100, 1000].map(megabytes => ({
    name: `${megabytes} MB of weights`,
    kind: 'weights',
    megabytes,
    limitX: 2.5,
  })),
];

if (process.argv[2] === undefined) {
  const results = rows.map(row => {
    const result = JSON.parse(
      execFileSync(process.execPath, [fileURLToPath(import.meta.url), JSON.stringify(row)], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }),
    );
    console.log(line({...row, ...result}));
    return {...row, ...result};
  });
  const out = fileURLToPath(new URL('../../.ingot/bench/', import.meta.url));
  mkdirSync(out, {recursive: true});
  writeFileSync(path.join(out, 'capture.json'), `${JSON.stringify(results, null, 2)}\n`);
} else {
  console.log(JSON.stringify(await measure(JSON.parse(process.argv[2]))));
}

function line({name, captureMs, saveMs, nodes, savedMB, peakX, limitS, limitX}) {
  const total = (captureMs + saveMs) / 1000;
  const asked = [
    limitS && `asked < ${limitS} s: ${total / limitS < 1 ? 'yes' : 'NO'}`,
    limitX && peakX && `asked <= ${limitX} x: ${peakX <= limitX ? 'yes' : 'NO'}`,
  ];
  return [
    name.padEnd(44),
    `capture ${(captureMs / 1000).toFixed(2)} s`,
    `save ${(saveMs / 1000).toFixed(2)} s`,
    `${nodes} nodes`,
    `${savedMB.toFixed(1)} MB`,
    peakX ? `peak memory ${peakX.toFixed(2)} x the weights` : '',
    ...asked.filter(Boolean),
  ].join('  ');
}

async function measure(row) {
  const {capture, saveSavedModel, tf} = await import('../lib/index.js');
  const {sorted} = await import('../lib/capture/graph.js');
  const library = process.memoryUsage().rss;
  const {fn, specs} = {transformer, dense, weights}[row.kind](tf, row);
  const dir = mkdtempSync(path.join(tmpdir(), 'ingot-bench-'));
  try {
    tf.tidy(() =>
      fn(
        ...Object.values(specs).map(({shape, dtype}) =>
          tf.zeros(
            shape.map(size => size ?? 2),
            dtype,
          ),
        ),
      ),
    );
    const start = performance.now();
    const captured = capture(fn, specs);
    const capturedAt = performance.now();
    await saveSavedModel(path.join(dir, 'model'), {serving_default: captured});
    const savedAt = performance.now();
    const savedMB = size(dir) / MB;
    return {
      captureMs: capturedAt - start,
      saveMs: savedAt - capturedAt,
      nodes: sorted(Object.values(captured.graph.outputs)).length,
      savedMB,
      // What the process took beyond the library itself, the model's own copy of its weights included.
      peakX: row.megabytes >= 100 ? (process.resourceUsage().maxRSS / 1024 - library / MB) / savedMB : undefined,
    };
  } finally {
    rmSync(dir, {recursive: true});
  }
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
