// gRPC Predict beside REST, one instance a request: requests a second, latency, and the server's CPU time a request (which does
// not depend on how quick a client is). The server runs on core 0, the client on core 1: wrk for REST, h2load (of nghttp2) for
// gRPC. A load "16x1" is 16 connections with one call each; REST has no other kind, so "1x16" is held against its 16 connections.
// `--client=grpc-js` asks with that library on one connection instead: then it is the client that is measured.
// `node serving/bench/grpc.mjs [--models=digits,gold] [--loads=1x1,16x1,64x1,1x16,1x64] [--rounds=3] [--seconds=3] [--flags=...]`
import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import grpc from '@grpc/grpc-js';
import {encodePredictRequest} from './support/grpc-body.mjs';
import {measure, measureGrpc, undisturbed} from './support/load.mjs';
import {benchModels, HOME, instances} from './support/models.mjs';
import {benchOptions} from './support/options.mjs';
import {PEERS} from './support/peers.mjs';
import {LOAD_CORE, othersMs, output} from './support/process.mjs';
import {median} from './support/statistics.mjs';

const METHOD = '/tensorflow.serving.PredictionService/Predict';

if (process.argv[2] === 'client') await client(...process.argv.slice(3));
else await compare();

/** So many calls at a time for some seconds; prints how many were answered, and their latencies in ms. */
async function client(address, model, calls, seconds) {
  const channel = new grpc.Client(address, grpc.credentials.createInsecure());
  const body = encodePredictRequest(model, instances(model, 1));
  const asIs = bytes => bytes;
  const ask = () =>
    new Promise((resolve, reject) =>
      channel.makeUnaryRequest(METHOD, asIs, asIs, body, error => (error ? reject(error) : resolve())),
    );
  const times = [];
  const end = performance.now() + Number(seconds) * 1000;
  const loop = async () => {
    for (let now = performance.now(); now < end;) {
      await ask();
      const after = performance.now();
      times.push(after - now);
      now = after;
    }
  };
  await Promise.all(Array.from({length: Number(calls)}, loop));
  times.sort((a, b) => a - b);
  const at = share => times[Math.floor((times.length - 1) * share)];
  console.log(JSON.stringify({requests: times.length, p50: at(0.5), p99: at(0.99)}));
  channel.close();
}

async function compare() {
  const options = benchOptions({
    models: ['digits', 'gold'],
    loads: ['1x1', '16x1', '64x1', '1x16', '1x64'],
    client: 'h2load',
    rounds: 3,
    seconds: 3,
    flags: '',
  });
  const {seconds} = options;
  const server = await PEERS.ingot(await benchModels(), options.flags);
  const overGrpc = async (model, connections, streams) => {
    const body = encodePredictRequest(model, instances(model, 1));
    if (options.client !== 'grpc-js') {
      return measureGrpc({body, connections, streams, seconds}, server);
    }
    const [cpu, before] = [server.cpuMs(), othersMs()];
    const program = [
      import.meta.filename,
      'client',
      `127.0.0.1:${server.grpcPort}`,
      model,
      connections * streams,
      seconds,
    ];
    const text = await output('taskset', ['-c', LOAD_CORE, process.execPath, ...program]);
    const {requests, p50, p99} = JSON.parse(text);
    const used = server.cpuMs() - cpu;
    const others = (othersMs() - before - used) / (seconds * 1000);
    return {perSecond: requests / seconds, p50, p99, cpuMs: used / requests, others, errors: 0};
  };
  const overRest = (model, connections) =>
    measure({url: server.url(model), body: server.body(model, 1), connections, seconds}, server);
  const rows = [];
  try {
    for (const model of options.models) {
      for (const load of options.loads) {
        const [connections, streams] = load.split('x').map(Number);
        const rounds = {REST: [], gRPC: []};
        await overRest(model, connections * streams);
        for (let i = 0; i < options.rounds; i++) {
          rounds.REST.push(await undisturbed(() => overRest(model, connections * streams)));
          rounds.gRPC.push(await undisturbed(() => overGrpc(model, connections, streams)));
        }
        const row = {model, load};
        for (const [door, all] of Object.entries(rounds)) {
          for (const key of ['perSecond', 'p50', 'p99', 'cpuMs', 'errors', 'others'])
            row[`${door} ${key}`] = median(all.map(one => one[key]));
        }
        row['gRPC/REST requests/s'] = row['gRPC perSecond'] / row['REST perSecond'];
        row['gRPC/REST for a second of CPU time'] = row['REST cpuMs'] / row['gRPC cpuMs'];
        rows.push(row);
        console.log(JSON.stringify(row));
      }
    }
  } finally {
    await server.stop();
  }
  console.table(rows);
  mkdirSync(join(HOME, 'bench'), {recursive: true});
  const name = options.client === 'grpc-js' ? 'serving-grpc-js' : 'serving-grpc';
  writeFileSync(join(HOME, `bench/${name}.json`), JSON.stringify({at: new Date().toISOString(), rows}, null, 1));
}
