// Starts, cells, completion, printing and memory of this kernel beside stock tslab, ipykernel and Deno's (found on the PATH or
// named by DENO), in one run; KERNELS=ingot,tslab measures only those. Prints a table with ratios to tslab and writes .ingot/bench/kernel.json.
import {readFileSync, mkdirSync, writeFileSync, existsSync} from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {TestKernel} from '../lib/testing/client.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const python = process.env.INGOT_PYTHON ?? path.join(root, '.ingot/python/bin/python');
const rounds = Number(process.env.ROUNDS ?? 5);
const folder = path.join(root, 'notebooks');
const deno = [
  process.env.DENO,
  ...(process.env.PATH ?? '').split(path.delimiter).map(each => path.join(each, 'deno')),
].find(each => each && existsSync(each));

const kernels = {
  ingot: {language: 'ts'},
  tslab: {
    language: 'ts',
    command: file => [
      process.execPath,
      path.join(root, 'node_modules/tslab/bin/tslab'),
      'kernel',
      '--config-path',
      file,
    ],
  },
  ipykernel: {language: 'py', command: file => [python, '-m', 'ipykernel_launcher', '-f', file]},
  ...(deno
    ? {deno: {language: 'ts', tf: undefined, command: file => [deno, 'jupyter', '--kernel', '--conn', file]}}
    : {}),
};
const TF = {
  ingot: "import * as tf from '@tensorflow/tfjs-node'",
  tslab: "import * as tf from '@tensorflow/tfjs-node'",
};

const median = values => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const percentile = (values, p) =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.ceil(values.length * p) - 1)];
const rss = pid => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;

async function timed(action) {
  const start = performance.now();
  await action();
  return performance.now() - start;
}

async function measure(name, {language, command}) {
  const figures = {};
  const starts = [];
  for (let round = 0; round < rounds; round++) {
    let kernel;
    starts.push(
      await timed(async () => {
        kernel = await TestKernel.start({folder, command});
        await kernel.execute('1 + 1');
      }),
    );
    await kernel.stop();
  }
  figures['start to first result, ms'] = median(starts);

  const kernel = await TestKernel.start({folder, command});
  await kernel.execute('1 + 1');
  await new Promise(resolve => setTimeout(resolve, 2500));
  figures['memory after start, MB'] = rss(kernel.process.pid);
  const tf = TF[name];
  if (tf) {
    await kernel.execute(tf);
    await kernel.execute('const t = tf.tensor([1, 2, 3]); t.sum()');
    await new Promise(resolve => setTimeout(resolve, 2500));
    figures['memory with tfjs-node, MB'] = rss(kernel.process.pid);
  }
  const cells = [];
  for (let i = 0; i < 30; i++) {
    cells.push(await timed(() => kernel.execute(`${i} + 1`)));
  }
  figures['trivial cell, ms'] = median(cells);
  if (tf) {
    const typed = [];
    for (let i = 0; i < 15; i++) {
      typed.push(await timed(() => kernel.execute(`const v${i} = t.mul(${i}); v${i}.shape`)));
    }
    figures['cell that uses tensors, ms'] = median(typed);
  }
  const samples = tf ? ['tf.', 'tf.layers.dense({', 't.', 'consol', 'tf.train.ad'] : ['consol', 'impor'];
  const complete = code => timed(() => kernel.request('complete_request', {code, cursor_pos: code.length}));
  const idle = [];
  // Of fewer, the 95th percentile would be the slowest or the one before it.
  for (let i = 0; i < 100; i++) {
    idle.push(await complete(samples[i % samples.length]));
  }
  figures['completion p95, ms'] = percentile(idle, 0.95);
  if (name === 'ingot') {
    const busy = [];
    const cell = kernel.execute('{ const end = Date.now() + 4000; while (Date.now() < end); }');
    for (let i = 0; i < 15; i++) {
      busy.push(await complete(samples[i % samples.length]));
    }
    await cell;
    figures['completion p95 while a cell blocks, ms'] = percentile(busy, 0.95);
  }
  const loop =
    language === 'py'
      ? 'for i in range(100000): print("line", i)'
      : 'for (let i = 0; i < 100_000; i++) console.log(`line ${i}`)';
  if (name !== 'tslab') {
    // Stock tslab loses most of it and never becomes idle.
    let lines = 0;
    figures['100,000 lines, ms'] = await timed(async () => {
      lines = (await kernel.execute(loop)).stdout.split('\n').length - 1;
    });
    figures['100,000 lines, arrived'] = lines;
  }
  figures['memory at the end, MB'] = rss(kernel.process.pid);
  await kernel.stop();
  return figures;
}

const results = {};
const only = process.env.KERNELS?.split(',');
for (const [name, kernel] of Object.entries(kernels).filter(([each]) => !only || only.includes(each))) {
  console.error(`measuring ${name} ...`);
  results[name] = await measure(name, kernel);
}
const rows = [...new Set(Object.values(results).flatMap(figures => Object.keys(figures)))];
console.table(
  Object.fromEntries(
    rows.map(row => {
      const cells = Object.entries(results).map(([name, figures]) => [
        name,
        figures[row] === undefined ? '' : Number(figures[row].toFixed(1)),
      ]);
      const ratio = results.ingot?.[row] / results.tslab?.[row];
      return [
        row,
        {...Object.fromEntries(cells), 'ingot / tslab': Number.isFinite(ratio) ? Number(ratio.toFixed(2)) : ''},
      ];
    }),
  ),
);
const out = path.join(process.env.INGOT_HOME ?? path.join(root, '.ingot'), 'bench');
mkdirSync(out, {recursive: true});
writeFileSync(path.join(out, 'kernel.json'), `${JSON.stringify({node: process.version, rounds, results}, null, 2)}\n`);
process.exit(0);
