// What clients feel of a swap: requests come at a steady rate, and version after version is published meanwhile. Latency of
// those that were under way while a version was being loaded, swapped or unloaded, against all others of the same run.
// `node serving/bench/swap.mjs [--rate=200] [--swaps=40] [--models=digits,gold]`
import {mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {Agent, request} from 'node:http';
import {tmpdir} from 'node:os';
import {join, resolve} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {HOME, benchModels, instances} from './support/models.mjs';
import {benchOptions} from './support/options.mjs';
import {serve} from './support/process.mjs';

const MAIN = resolve(import.meta.dirname, '../lib/main.js');
const PORT = 18_732;
const URL_ = `http://127.0.0.1:${PORT}`;
const PAUSE_MS = 300;
const {rate, swaps, models, flags} = benchOptions({rate: 200, swaps: 40, models: ['digits', 'gold'], flags: ''});
const source = await benchModels();

/** Sends requests at a steady rate until it is stopped, whether or not earlier ones were answered. */
function client(model) {
  const agent = new Agent({keepAlive: true, maxSockets: 256});
  const body = JSON.stringify({instances: instances(model, 1)});
  const headers = {'content-type': 'application/json', 'content-length': Buffer.byteLength(body)};
  const seen = [];
  const failures = new Map();
  let failed = 0;
  const fail = what => {
    failed++;
    failures.set(what, (failures.get(what) ?? 0) + 1);
  };
  const ask = () => {
    const started = performance.now();
    const sent = request(`${URL_}/v1/models/${model}:predict`, {method: 'POST', agent, headers}, response => {
      let text = '';
      response.setEncoding('utf8').on('data', chunk => (text += chunk));
      response.on('error', error => fail(`answer: ${error.message}`));
      response.on('end', () => {
        if (response.statusCode === 200) seen.push({started, ended: performance.now()});
        else fail(`${response.statusCode} ${text}`);
      });
    });
    sent.on('error', error => fail(error.message));
    sent.end(body);
  };
  const began = performance.now();
  let count = 0;
  const timer = setInterval(() => {
    for (; count < ((performance.now() - began) / 1000) * rate; count++) ask();
  }, 1);
  return {
    seen,
    async stop() {
      clearInterval(timer);
      while (seen.length + failed < count) await sleep(10);
      agent.destroy();
      return failures;
    },
  };
}

async function swapped(model, version) {
  for (;;) {
    const answer = await fetch(`${URL_}/v1/models/${model}`).then(response => response.json());
    const state = number => answer.model_version_status.find(status => status.version === String(number))?.state;
    if (state(version) === 'AVAILABLE' && state(version - 1) === 'END') return;
    await sleep(5);
  }
}

const percentile = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;

const table = [];
for (const model of models) {
  const root = mkdtempSync(join(tmpdir(), 'ingot-swap-'));
  const publish = version => symlinkSync(join(source, model, '1'), join(root, model, String(version)));
  mkdirSync(join(root, model));
  publish(1);
  const args = [MAIN, `--model_root=${root}`, `--rest_api_port=${PORT}`, '--port=0'];
  const poll = '--file_system_poll_wait_seconds=0.05';
  const extra = flags.split(' ').filter(Boolean);
  const server = await serve(process.execPath, [...args, poll, ...extra], `${URL_}/readyz`);
  try {
    const warm = client(model);
    await sleep(3000);
    await warm.stop();
    const {seen, stop} = client(model);
    const times = [];
    for (let version = 2; version <= swaps + 1; version++) {
      await sleep(PAUSE_MS);
      const from = performance.now();
      publish(version);
      await swapped(model, version);
      times.push({from, to: performance.now()});
    }
    const failures = await stop();
    for (const [what, count] of failures) console.log(`${model}: ${count} x ${what}`);
    const failed = [...failures.values()].reduce((sum, count) => sum + count, 0);
    const during = seen.filter(({started, ended}) => times.some(({from, to}) => started < to && ended > from));
    const others = seen.filter(one => !during.includes(one));
    const sorted = list => list.map(({started, ended}) => ended - started).sort((a, b) => a - b);
    const [steady, swapping] = [sorted(others), sorted(during)];
    const row = {model, swaps, 'swap ms': times.reduce((sum, {from, to}) => sum + to - from, 0) / swaps};
    for (const share of [0.5, 0.99]) {
      row[`p${share * 100} steady`] = percentile(steady, share);
      row[`p${share * 100} swapping`] = percentile(swapping, share);
    }
    row['p99 ratio'] = row['p99 swapping'] / row['p99 steady'];
    for (const key of Object.keys(row)) if (typeof row[key] === 'number') row[key] = Number(row[key].toFixed(2));
    table.push({...row, requests: seen.length, failed});
  } finally {
    await server.stop();
    rmSync(root, {recursive: true});
  }
}
console.log(`${rate} requests a second, latencies in ms; server on one core`);
console.table(table);
mkdirSync(join(HOME, 'bench'), {recursive: true});
writeFileSync(
  join(HOME, 'bench/serving-swap.json'),
  JSON.stringify({at: new Date().toISOString(), rate, table}, null, 1),
);
