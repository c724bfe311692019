// What many models cost that nobody asks: time and CPU from start to ready, memory, and CPU while idle, a model more.
// `node serving/bench/idle-models.mjs [COUNT...]`
import {mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join, resolve} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {modelSize} from '../lib/memory/model-size.js';
import {HOME, benchModels} from './support/models.mjs';
import {ownDigits} from './support/own-digits.mjs';
import {serve} from './support/process.mjs';

const MAIN = resolve(import.meta.dirname, '../lib/main.js');
const PORT = 18_731;
const IDLE_MS = 10_000;
/** The rehearsal and the first runs, which begin when the server is ready. */
const PRACTICE_MS = 8000;
const GOAL_MS = 20;
const counts = process.argv.slice(2).map(Number);
const source = await benchModels();
/** Where each lies: two of Keras's, and the first as Ingot publishes it, which replays golden samples before it is ready. */
const MODELS = {
  digits: {folder: join(source, 'digits'), small: true},
  'digits of Ingot': {folder: await ownDigits(), small: true},
  gold: {folder: join(source, 'gold'), small: false},
};

async function measure(folder, count) {
  const root = mkdtempSync(join(tmpdir(), 'ingot-idle-'));
  for (let i = 0; i < count; i++) symlinkSync(folder, join(root, `model-${i}`));
  const started = performance.now();
  const args = [MAIN, `--model_root=${root}`, `--rest_api_port=${PORT}`, '--port=0'];
  const server = await serve(process.execPath, args, `http://127.0.0.1:${PORT}/readyz`, {seconds: 300});
  try {
    const readyMs = performance.now() - started;
    const startCpuMs = server.cpuMs();
    await sleep(PRACTICE_MS);
    const practisedCpuMs = server.cpuMs();
    await sleep(IDLE_MS);
    const idlePercent = ((server.cpuMs() - practisedCpuMs) / IDLE_MS) * 100;
    return {readyMs, startCpuMs, memoryMb: server.memoryMb(), idlePercent};
  } finally {
    await server.stop();
    rmSync(root, {recursive: true});
  }
}

const table = [];
for (const [model, {folder, small}] of Object.entries(MODELS)) {
  const base = await measure(folder, 1);
  const estimate = await modelSize(join(folder, '1'));
  for (const count of counts.length > 0 ? counts : [100, 500]) {
    const many = await measure(folder, count);
    const each = key => (many[key] - base[key]) / (count - 1);
    table.push({
      model,
      models: count,
      'ready s': Number((many.readyMs / 1000).toFixed(1)),
      'ready ms a model': Number(each('readyMs').toFixed(1)),
      'goal ms': small ? `<= ${GOAL_MS}` : '',
      'CPU ms a model': Number(each('startCpuMs').toFixed(1)),
      'MB a model': Number(each('memoryMb').toFixed(2)),
      'MB as estimated, once asked': Number((estimate / 2 ** 20).toFixed(2)),
      'idle CPU %': Number(many.idlePercent.toFixed(2)),
    });
  }
}
console.log('on one core; the goal is for a small model');
console.table(table);
mkdirSync(join(HOME, 'bench'), {recursive: true});
writeFileSync(
  join(HOME, 'bench/serving-idle-models.json'),
  JSON.stringify({at: new Date().toISOString(), table}, null, 1),
);
