// CPU time that the server's own process (the front) and the engine's take for one request over REST, by model and connections.
// `node serving/bench/front.mjs [--against=CHECKOUT] [--models=digits,gold] [--connections=16,64] [--rounds=5] [--seconds=3]`
// With another checkout of the project, built, both are measured in turns. Figures of CPU time bear other work on the machine better
// than rates do, but not perfectly: compare what was measured in one run.
import {mkdirSync, writeFileSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {measure} from './support/load.mjs';
import {benchModels, HOME} from './support/models.mjs';
import {benchOptions} from './support/options.mjs';
import {ingot} from './support/peers.mjs';
import {median} from './support/statistics.mjs';

const options = benchOptions({
  against: undefined,
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
try {
  for (const [name, checkout] of Object.entries(checkouts)) {
    const server = await ingot(root, options.flags, join(checkout, 'serving/lib/main.js'));
    servers.push({name, server});
  }
  for (const model of options.models) {
    for (const connections of options.connections) {
      const loadOf = server => ({url: server.url(model), body: server.body(model, 1), connections});
      for (const {server} of servers) await measure({...loadOf(server), seconds: 3}, server);
      const rounds = servers.map(() => []);
      for (let i = 0; i < options.rounds; i++) {
        for (const [at, {server}] of servers.entries()) rounds[at].push(await round(server, loadOf(server)));
      }
      servers.forEach(({name}, at) => {
        const row = {checkout: name, model, connections};
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
async function round(server, load) {
  const front = server.ownCpuMs();
  const all = server.cpuMs();
  const {requests, perSecond, p50, p99, errors} = await measure({...load, seconds}, server);
  const micros = ms => (ms * 1000) / requests;
  const frontMicros = micros(server.ownCpuMs() - front);
  return {frontMicros, engineMicros: micros(server.cpuMs() - all) - frontMicros, perSecond, p50, p99, errors};
}
