// How throughput and p99 grow: with connections (1 to 1,024), with the size of a body (1 KB to 64 MB; JSON, and protobuf over HTTP
// beside it), with the number of models that are asked in turn, and where not all of them fit into memory. The server runs on
// core 0, the load (wrk) on core 1.
// `node serving/bench/growth.mjs [--only=connections,bodies,models,budget] [--servers=ingot,triton,mlserver,fastapi] [--seconds=4]`
// Peers (see throughput.mjs) are asked for what they have: connections, and JSON bodies.
import {mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {Agent, request} from 'node:http';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {modelSize} from '../lib/memory/model-size.js';
import {encodePredictRequest} from './support/grpc-body.mjs';
import {measure} from './support/load.mjs';
import {benchModels, HOME, instances} from './support/models.mjs';
import {benchOptions} from './support/options.mjs';
import {PEERS} from './support/peers.mjs';

const options = benchOptions({
  only: ['connections', 'bodies', 'models', 'budget'],
  servers: ['ingot'],
  seconds: 4,
  connections: [1, 4, 16, 64, 256, 1024],
  bodies: [1, 10, 100, 1000, 10_000, 64_000],
  models: [1, 10, 100, 500],
});
const {seconds, servers} = options;
const root = await benchModels();

/** Models that a budget is for. */
const BUDGETED = 100;
/** Of a model, so that a run is like the one before. */
const FIRST_RUNS = 8;

/** Bodies that take longer are measured for longer, so that some of them are answered. */
const longer = kilobytes => Math.ceil(Math.max(seconds, Math.min(20, kilobytes / 3000)));

async function withServer(name, models, flags, work) {
  const server = await PEERS[name](models, flags).catch(error =>
    console.error(`${name} is left out: ${error.message}`),
  );
  if (server === undefined) return [];
  try {
    return await work(server);
  } finally {
    await server.stop();
  }
}

const shown = ({perSecond, p50, p99, cpuMs, errors, failed}) => ({
  'requests/s': Number(perSecond.toFixed(1)),
  'p50 ms': p50,
  'p99 ms': p99,
  'CPU ms a request': Number(cpuMs.toFixed(3)),
  'no 2xx': errors,
  ...(failed !== '' && {failed}),
});

async function byConnections(name) {
  return withServer(name, root, '', async server => {
    const rows = [];
    for (const model of ['digits', 'gold']) {
      const load = {url: server.url(model), body: server.body(model, 1)};
      await measure({...load, connections: 16, seconds: 2}, server);
      for (const connections of options.connections) {
        rows.push({server: name, model, connections, ...shown(await measure({...load, connections, seconds}, server))});
      }
    }
    return rows;
  });
}

/** A body of about so many kilobytes, as text with one instance again and again. */
function jsonBody(server, kilobytes) {
  const model = kilobytes < 7 ? 'gold' : 'digits';
  const one = server.body(model, 1);
  const rows = Math.max(1, Math.round((kilobytes * 1000) / one.length));
  return {model, rows, text: rows > 64 && server.repeat ? server.repeat(model, rows) : server.body(model, rows)};
}

/** What a small request waits for while large ones are answered: p50 and the longest, in ms. */
async function probe(url, body, until) {
  const agent = new Agent({keepAlive: true});
  const times = [];
  while (!until.aborted) {
    const started = performance.now();
    await new Promise((resolve, reject) => {
      const sent = request(url, {method: 'POST', agent, headers: {'content-type': 'application/json'}}, response =>
        response.resume().on('end', resolve),
      );
      sent.on('error', reject).end(body);
    });
    times.push(performance.now() - started);
    await sleep(10);
  }
  agent.destroy();
  times.sort((a, b) => a - b);
  return {
    'others p50 ms': Number(times[times.length >> 1].toFixed(1)),
    'others longest ms': Number(times.at(-1).toFixed(1)),
  };
}

async function bySize(name) {
  return withServer(name, root, '', async server => {
    const rows = [];
    const small = server.body('gold', 1);
    for (const kilobytes of options.bodies) {
      const {model, rows: count, text} = jsonBody(server, kilobytes);
      const forms = [{form: 'JSON', body: text, type: 'application/json'}];
      if (name === 'ingot') {
        const one = instances(model, 1);
        const body = encodePredictRequest(model, Array(count).fill(one[0]));
        forms.push({form: 'protobuf', body, type: 'application/x-protobuf'});
      }
      for (const {form, body, type} of forms) {
        const load = {url: server.url(model), body, type, connections: 4, seconds: longer(kilobytes)};
        await measure({...load, seconds: 1}, server);
        const ended = new AbortController();
        const waiting = probe(server.url('gold'), small, ended.signal);
        const result = await measure(load, server).finally(() => ended.abort());
        const megabytes = Number(((result.perSecond * body.length) / 1e6).toFixed(1));
        const size = Number((body.length / 1000).toFixed(1));
        const others = await waiting;
        rows.push({server: name, form, model, KB: size, ...shown(result), 'MB/s': megabytes, ...others});
      }
      rows.at(-1)['server MB'] = server.memoryMb();
    }
    return rows;
  });
}

/** Asks so often that each model has had its first runs, for which TensorFlow rewrites the graph. */
async function askAll(load, server) {
  for (let asked = 0; asked < FIRST_RUNS * load.paths.length;) {
    asked += 3 * (await measure({...load, seconds: 3}, server)).perSecond;
  }
}

/** A folder with so many models, all the same. */
function manyModels(count) {
  const many = mkdtempSync(join(tmpdir(), 'ingot-growth-'));
  const names = Array.from({length: count}, (_, i) => `digits-${i}`);
  for (const each of names) symlinkSync(join(root, 'digits'), join(many, each));
  return {many, names};
}

/** How requests to models in this order are answered. */
async function inOrder(name, folder, models, {connections = 16, flags = ''}, more) {
  const started = performance.now();
  return withServer(name, folder, flags, async server => {
    const readyMs = performance.now() - started;
    const load = {url: server.url(models[0]), body: server.body('digits', 1), connections};
    const paths = models.map(each => new URL(server.url(each)).pathname);
    await askAll({...load, paths}, server);
    const result = await measure({...load, paths, seconds}, server);
    const size = {'ready s': Number((readyMs / 1000).toFixed(1)), 'server MB': server.memoryMb()};
    return [{server: name, ...more, connections, ...shown(result), ...size}];
  });
}

async function byModels(name) {
  const rows = [];
  // One that is asked alone is not batched either, as many models asked in turn are not.
  for (const [count, connections] of [[1, 1], ...options.models.map(each => [each, 16])]) {
    const {many, names} = manyModels(count);
    rows.push(...(await inOrder(name, many, names, {connections}, {models: count})));
    rmSync(many, {recursive: true});
  }
  return rows;
}

/** Four of five requests go to a fifth of the models, in no order. */
function uneven(names) {
  let seed = 1;
  const random = () => (seed = (seed * 48271) % 2147483647) / 2147483647;
  const few = names.length / 5;
  return Array.from(
    {length: 10 * names.length},
    () => names[Math.floor(random() < 0.8 ? random() * few : few + random() * (names.length - few))],
  );
}

async function byBudget(name) {
  const rows = [];
  const {many, names} = manyModels(BUDGETED);
  const size = (await modelSize(join(root, 'digits/1'))) / 2 ** 20;
  for (const share of [1, 0.75, 0.5]) {
    const megabytes = Math.ceil(share * BUDGETED * size);
    const flags = share === 1 ? '' : `--model_memory_budget_mb=${megabytes}`;
    const more = {models: BUDGETED, 'budget MB': share === 1 ? 'none' : megabytes};
    rows.push(...(await inOrder(name, many, uneven(names), {flags}, more)));
  }
  rmSync(many, {recursive: true});
  return rows;
}

const WAYS = {
  connections: {title: 'connections, one instance a request', run: byConnections, servers},
  bodies: {title: 'size of a body, 4 connections; others: a small request now and then', run: bySize, servers},
  models: {title: 'digits models asked in turn', run: byModels, servers: ['ingot']},
  budget: {title: 'memory budget, four of five requests to a fifth of the models', run: byBudget, servers: ['ingot']},
};
const results = {};
for (const way of options.only) {
  const {title, run, servers: asked} = WAYS[way];
  results[way] = [];
  for (const name of asked) results[way].push(...(await run(name)));
  console.log(`By ${title}`);
  console.table(results[way]);
}
mkdirSync(join(HOME, 'bench'), {recursive: true});
writeFileSync(
  join(HOME, 'bench/serving-growth.json'),
  JSON.stringify({at: new Date().toISOString(), seconds, ...results}, null, 1),
);
