// What clients feel of a swap: requests come at a steady rate, and version after version is published meanwhile. Latency of
// those that were under way while a version was being loaded, swapped or unloaded, against all others of the same run. The status
// is asked every few ms to know when that is, and all the time, so that both bear it. A row is the median of its rounds by the ratio.
// `node serving/bench/swap.mjs [--rate=200] [--swaps=40] [--rounds=3] [--models=digits,gold]`
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
const WARM_MS = 3000;
const PAUSE_MS = 300;
const STATUS_MS = 5;
const {rate, swaps, rounds, models, flags} = benchOptions({
  rate: 200,
  swaps: 40,
  rounds: 3,
  models: ['digits', 'gold'],
  flags: '',
});
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

/** Asks the status again and again until it is stopped. */
function watch(model) {
  const states = new Map();
  const stopping = new AbortController();
  const watching = (async () => {
    while (!stopping.signal.aborted) {
      const answer = await fetch(`${URL_}/v1/models/${model}`).then(response => response.json());
      for (const {version, state} of answer.model_version_status) states.set(Number(version), state);
      await sleep(STATUS_MS);
    }
  })();
  return {
    async swapped(version) {
      while (states.get(version) !== 'AVAILABLE' || states.get(version - 1) !== 'END') {
        await Promise.race([sleep(1), watching]);
      }
    },
    stop() {
      stopping.abort();
      return watching;
    },
  };
}

const percentile = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;

async function round(model) {
  const root = mkdtempSync(join(tmpdir(), 'ingot-swap-'));
  const publish = version => symlinkSync(join(source, model, '1'), join(root, model, String(version)));
  mkdirSync(join(root, model));
  publish(1);
  const args = [MAIN, `--model_root=${root}`, `--rest_api_port=${PORT}`, '--port=0'];
  const poll = '--file_system_poll_wait_seconds=0.05';
  const extra = flags.split(' ').filter(Boolean);
  const server = await serve(process.execPath, [...args, poll, ...extra], `${URL_}/readyz`);
  try {
    const watched = watch(model);
    const warm = client(model);
    await sleep(WARM_MS);
    await warm.stop();
    const {seen, stop} = client(model);
    const times = [];
    for (let version = 2; version <= swaps + 1; version++) {
      await sleep(PAUSE_MS);
      const from = performance.now();
      publish(version);
      await watched.swapped(version);
      times.push({from, to: performance.now()});
    }
    const failures = await stop();
    await watched.stop();
    for (const [what, count] of failures) console.log(`${model}: ${count} x ${what}`);
    const during = seen.filter(({started, ended}) => times.some(({from, to}) => started < to && ended > from));
    const swappingNow = new Set(during);
    const others = seen.filter(one => !swappingNow.has(one));
    const sorted = list => list.map(({started, ended}) => ended - started).sort((a, b) => a - b);
    const [steady, swapping] = [sorted(others), sorted(during)];
    return {
      model,
      swaps,
      'swap ms': times.reduce((sum, {from, to}) => sum + to - from, 0) / swaps,
      'p50 steady': percentile(steady, 0.5),
      'p50 swapping': percentile(swapping, 0.5),
      'p99 steady': percentile(steady, 0.99),
      'p99 swapping': percentile(swapping, 0.99),
      'p99 ratio': percentile(swapping, 0.99) / percentile(steady, 0.99),
      requests: seen.length,
      failed: [...failures.values()].reduce((sum, count) => sum + count, 0),
    };
  } finally {
    await server.stop();
    rmSync(root, {recursive: true});
  }
}

const table = [];
for (const model of models) {
  const seen = [];
  for (let i = 0; i < rounds; i++) seen.push(await round(model));
  const all = seen.map(row => row['p99 ratio']).sort((a, b) => a - b);
  const row = seen.find(one => one['p99 ratio'] === all[Math.floor(all.length / 2)]);
  for (const key of Object.keys(row)) if (typeof row[key] === 'number') row[key] = Number(row[key].toFixed(2));
  const total = key => seen.reduce((sum, one) => sum + one[key], 0);
  const ratios = all.map(ratio => ratio.toFixed(2)).join(' ');
  table.push({...row, ratios, requests: total('requests'), failed: total('failed')});
}
console.log(`${rate} requests a second, latencies in ms; server on one core`);
console.table(table);
mkdirSync(join(HOME, 'bench'), {recursive: true});
writeFileSync(
  join(HOME, 'bench/serving-swap.json'),
  JSON.stringify({at: new Date().toISOString(), rate, table}, null, 1),
);
