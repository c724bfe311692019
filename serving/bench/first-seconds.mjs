// Latency second by second after a start: each load goes to a server that was started for it and has been ready for `--after`
// seconds, and that nobody has asked yet. Server on core 0, load on core 1.
// `node serving/bench/first-seconds.mjs [--only=ingot,triton] [--models=digits,gold] [--connections=16,64] [--after=2] [--seconds=4]
// [--rounds=3]`, of which the medians count; `--flags` are the server's.
import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {measureBySecond} from './support/load.mjs';
import {benchModels, HOME} from './support/models.mjs';
import {benchOptions} from './support/options.mjs';
import {PEERS} from './support/peers.mjs';
import {median} from './support/statistics.mjs';

const options = benchOptions({
  only: ['ingot', 'triton'],
  models: ['digits', 'gold'],
  connections: [16, 64],
  after: 2,
  seconds: 4,
  rounds: 3,
  flags: '',
});
const root = await benchModels();
const {after, seconds, flags} = options;

const rows = [];
for (const model of options.models) {
  for (const connections of options.connections) {
    for (const name of options.only) {
      const rounds = [];
      for (let i = 0; i < options.rounds; i++) {
        const measured = await round(name, model, connections).catch(error =>
          console.error(`${name}: ${error.message}`),
        );
        if (measured !== undefined) rounds.push(measured);
      }
      if (rounds.length === 0) continue;
      const middle = pick => median(rounds.map(pick));
      const row = {server: name, model, connections, requests: middle(({whole}) => whole.requests)};
      for (const key of ['p50', 'p99', 'most']) row[key] = middle(({whole}) => whole[key]);
      for (let i = 0; i < seconds; i++) row[`p99 in second ${i + 1}`] = middle(({bySecond}) => bySecond[i].p99);
      row.failed = rounds.reduce((sum, {failed}) => sum + failed, 0);
      rows.push(row);
      console.log(JSON.stringify(row));
    }
  }
}
console.log(`ms; load begins ${after} s after the server is ready`);
console.table(rows.map(row => Object.fromEntries(Object.entries(row).map(([key, value]) => [key, rounded(value)]))));
const ratios = rows
  .filter(({server}) => server === 'ingot')
  .map(({model, connections, p99}) => {
    const peers = rows.filter(row => row.server !== 'ingot' && row.model === model && row.connections === connections);
    return {model, connections, 'p99 against the best peer': rounded(p99 / Math.min(...peers.map(peer => peer.p99)))};
  });
console.table(ratios);
mkdirSync(join(HOME, 'bench'), {recursive: true});
writeFileSync(
  join(HOME, 'bench/serving-first-seconds.json'),
  JSON.stringify({at: new Date().toISOString(), flags, after, rows, ratios}, null, 1),
);

async function round(name, model, connections) {
  const server = await PEERS[name](root, flags);
  try {
    await sleep(after * 1000);
    return await measureBySecond({url: server.url(model), body: server.body(model, 1), connections, seconds});
  } finally {
    await server.stop();
  }
}

function rounded(value) {
  return typeof value === 'number' ? Number(value.toFixed(2)) : value;
}
