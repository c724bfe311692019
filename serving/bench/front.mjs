// CPU time that the server's own process (the front) and the engine's take for one request, by door, model and connections.
// `node serving/bench/front.mjs [--against=CHECKOUT] [--doors=rest,grpc] [--models=digits,gold] [--connections=16,64] [--rounds=5]
// [--seconds=3]`. Doors are measured in turns, and so is another checkout of the project, built, if there is one. Figures of CPU time bear other work on the machine better
// than rates do, but not perfectly: compare what was measured in one run.
import {mkdirSync, writeFileSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {encodePredictRequest} from './support/grpc-body.mjs';
import {measure, measureGrpc} from './support/load.mjs';
import {benchModels, HOME, instances} from './support/models.mjs';
import {benchOptions} from './support/options.mjs';
import {ingot} from './support/peers.mjs';
import {median} from './support/statistics.mjs';

const options = benchOptions({
  against: undefined,
  doors: ['rest'],
  models: ['digits', 'gold'],
  connections: [16, 64],
  rounds: 5,
  seconds: 3,
  flags: '',
});
const {against, seconds} = options;
const here = join(import.meta.dirname, '../..');
const checkouts = against === undefined ? {this: here} : {other: resolve(against), this: here};
const root = await benchModels();
const servers = [];
const rows = [];
const loads = {
  rest: (server, model, connections) => ({url: server.url(model), body: server.body(model, 1), connections}),
  grpc: (_server, model, connections) => ({body: encodePredictRequest(model, instances(model, 1)), connections}),
};
const measures = {rest: measure, grpc: measureGrpc};
try {
  for (const [name, checkout] of Object.entries(checkouts)) {
    const server = await ingot(root, options.flags, join(checkout, 'serving/lib/main.js'));
    servers.push({name, server});
  }
  const asked = servers.flatMap(each => options.doors.map(door => ({...each, door})));
  for (const model of options.models) {
    for (const connections of options.connections) {
      for (const {server, door} of asked) await round(server, door, model, connections);
      const rounds = asked.map(() => []);
      for (let i = 0; i < options.rounds; i++) {
        for (const [at, {server, door}] of asked.entries()) {
          rounds[at].push(await round(server, door, model, connections));
        }
      }
      asked.forEach(({name, door}, at) => {
        const row = {checkout: name, door, model, connections};
        for (const key of Object.keys(rounds[at][0])) row[key] = median(rounds[at].map(each => each[key]));
        rows.push(row);
        console.log(JSON.stringify(row));
      });
    }
  }
} finally {
  for (const {server} of servers) await server.stop();
}
console.table(rows);
mkdirSync(join(HOME, 'bench'), {recursive: true});
writeFileSync(join(HOME, 'bench/serving-front.json'), JSON.stringify({at: new Date().toISOString(), rows}, null, 1));

/** In microseconds a request. */
async function round(server, door, model, connections) {
  const front = server.ownCpuMs();
  const all = server.cpuMs();
  const {requests, perSecond, p50, p99, errors} = await measures[door](
    {...loads[door](server, model, connections), seconds},
    server,
  );
  const micros = ms => (ms * 1000) / requests;
  const frontMicros = micros(server.ownCpuMs() - front);
  return {frontMicros, engineMicros: micros(server.cpuMs() - all) - frontMicros, perSecond, p50, p99, errors};
}
