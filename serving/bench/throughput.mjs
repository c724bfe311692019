// Requests a second and latency over REST, one instance a request: this server, its peers, and TensorFlow alone as the floor.
// This server is asked over gRPC, too, in turns with REST, so that what the machine does meanwhile is the same for both.
// Each server runs on core 0, the load on core 1; medians of `--rounds`. Peers are installed once, into .ingot/bench-peers.
// `node serving/bench/throughput.mjs [--only=ingot,fastapi] [--doors=rest,grpc] [--connections=1,16,64] [--rounds=3] [--seconds=4]`
// How it grows: growth.mjs. Models in the server's process: `--only=ingot,inside`. It needs wrk and h2load (of nghttp2).
import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {encodePredictRequest} from './support/grpc-body.mjs';
import {benchModels, HOME, instances} from './support/models.mjs';
import {benchOptions} from './support/options.mjs';
import {PEERS, peerPython} from './support/peers.mjs';
import {output, SERVER_CORE} from './support/process.mjs';
import {measure, measureGrpc, undisturbed} from './support/load.mjs';
import {median} from './support/statistics.mjs';

const {only: servers, ...options} = benchOptions({
  only: ['ingot', 'fastapi', 'triton', 'mlserver'],
  doors: ['rest', 'grpc'],
  models: ['digits', 'gold'],
  connections: [1, 16, 64],
  batches: [1],
  rounds: 3,
  seconds: 4,
  flags: '',
  out: 'serving-throughput',
});
const {models, connections, batches, seconds, flags} = options;
const root = await benchModels();

const alone = [];
const python = await peerPython('fastapi');
for (const model of models) {
  for (const batch of [1, 32]) {
    const script = join(import.meta.dirname, 'peers/alone.py');
    const text = await output('taskset', ['-c', SERVER_CORE, python, script, join(root, model, '1'), batch, seconds]);
    alone.push({model, batch, ...JSON.parse(text)});
  }
}
console.log('TensorFlow alone (Python, one core)');
console.table(alone);

const rows = [];
for (const name of servers) {
  const server = await PEERS[name](root, flags).catch(error => console.error(`${name} is left out: ${error.message}`));
  if (server === undefined) continue;
  try {
    const memoryMb = server.memoryMb();
    for (const model of models) {
      for (const batch of batches) {
        for (const count of connections) {
          const loads = loadsOf(server, model, batch, count);
          const rounds = loads.map(() => []);
          for (const {ask} of loads) await ask(2);
          for (let i = 0; i < options.rounds; i++) {
            for (const [at, {ask}] of loads.entries()) rounds[at].push(await undisturbed(() => ask(seconds)));
          }
          loads.forEach(({door}, at) => {
            const row = {server: name, door, model, batch, connections: count, memoryMb};
            for (const key of ['perSecond', 'p50', 'p99', 'cpuMs', 'errors', 'others']) {
              row[key] = median(rounds[at].map(round => round[key]));
            }
            row.perCpuSecond = row.cpuMs > 0 ? 1000 / row.cpuMs : null;
            rows.push(row);
            console.log(JSON.stringify(row));
          });
        }
      }
    }
  } finally {
    await server.stop();
  }
}
console.log(
  'cpuMs: CPU time of the server a request. perCpuSecond: requests a second of its CPU time, whatever else ran. others: what ' +
    'else had of the machine, in cores; rounds with more than 0.05 were asked again, twice at most.',
);
console.table(rows);
const ratios = rows
  .filter(row => row.server === 'ingot' && row.door === 'rest')
  .map(ours => {
    const alike = rows.filter(row => ['model', 'batch', 'connections'].every(key => row[key] === ours[key]));
    const peers = alike.filter(row => !['ingot', 'inside'].includes(row.server));
    const grpc = alike.find(row => row.server === 'ingot' && row.door === 'grpc');
    const best = (key, pick) => pick(...peers.map(peer => peer[key]));
    const floor = alone.find(row => row.model === ours.model && row.batch === 32);
    return {
      model: ours.model,
      batch: ours.batch,
      connections: ours.connections,
      "gRPC requests/s against REST's": grpc === undefined ? null : grpc.perSecond / ours.perSecond,
      'requests/s against the best peer': ours.perSecond / best('perSecond', Math.max),
      'the same for a second of CPU time': ours.perCpuSecond / best('perCpuSecond', Math.max),
      'p99 against the best peer': ours.p99 / best('p99', Math.min),
      'instances/s against TensorFlow alone, batch 32': (ours.perSecond * ours.batch) / floor.perSecond,
      'alone, for a second of CPU time': (ours.perCpuSecond * ours.batch) / floor.perCpuSecond,
    };
  });
console.table(ratios);
mkdirSync(join(HOME, 'bench'), {recursive: true});
writeFileSync(
  join(HOME, `bench/${options.out}.json`),
  JSON.stringify({at: new Date().toISOString(), flags, alone, rows, ratios}, null, 1),
);

/** What a server is asked, over each of its doors; peers have REST alone here. */
function loadsOf(server, model, batch, count) {
  const rest = {url: server.url(model), body: server.body(model, batch), connections: count};
  const loads = [{door: 'rest', ask: duration => measure({...rest, seconds: duration}, server)}];
  if (server.grpcPort !== undefined) {
    const grpc = {body: encodePredictRequest(model, instances(model, batch)), connections: count};
    loads.push({door: 'grpc', ask: duration => measureGrpc({...grpc, seconds: duration}, server)});
  }
  return loads.filter(({door}) => options.doors.includes(door));
}
