// What a JSON request costs before the model sees it, and its answer after: our scanner and writer, JSON.parse with a loop,
// and the careful parser; then the HTTP layers below them. `node serving/bench/rest-json.mjs`
import {once} from 'node:events';
import {mkdirSync, writeFileSync} from 'node:fs';
import {Agent, createServer, request} from 'node:http';
import fastify from 'fastify';
import {parsePredictRequest, parseWithCare} from '../lib/codec/json/bodies/predict-request.js';
import {writePredictResponse} from '../lib/codec/json/bodies/predict-response.js';

const rows = (count, size, spell) =>
  Array.from({length: count}, (_, i) => Array.from({length: size}, (_, j) => spell(Math.sin(i * 31 + j))));
const float32 = x => Math.fround(x);
const short = x => Number(x.toFixed(4));
const BODIES = {
  'gold, 1 x 60 prices': rows(1, 60, x => Number((2000 + 100 * x).toFixed(2))),
  'digit, 1 x 784, 4 decimals': rows(1, 784, short),
  'digit, 1 x 784, float32 digits': rows(1, 784, float32),
  'digits, 32 x 784, 4 decimals': rows(32, 784, short),
};
const signature = {inputs: {x: {dtype: 'float32', shape: null, tensorName: 'x:0'}}, outputs: {}, methodName: ''};

function naive(body) {
  const {instances} = JSON.parse(body.toString());
  const flat = instances.flat();
  return Float32Array.from(flat);
}

/** Microseconds of CPU a call, best of five. */
function cost(work) {
  for (let i = 0; i < 300; i++) work();
  const once = performance.now();
  work();
  const count = Math.max(20, Math.ceil(60 / Math.max(0.001, performance.now() - once)));
  let best = Infinity;
  for (let round = 0; round < 5; round++) {
    const start = process.cpuUsage();
    for (let i = 0; i < count; i++) work();
    const {user, system} = process.cpuUsage(start);
    best = Math.min(best, (user + system) / count);
  }
  return best;
}

const table = [];
for (const [name, instances] of Object.entries(BODIES)) {
  const body = Buffer.from(JSON.stringify({instances}));
  const scanner = cost(() => parsePredictRequest(body, () => signature));
  const careful = cost(() => parseWithCare(body, () => signature));
  const parse = cost(() => naive(body));
  table.push({
    what: `read ${name}`,
    bytes: body.length,
    'scanner µs': scanner,
    'JSON.parse µs': parse,
    'careful µs': careful,
    ratio: parse / scanner,
  });
}
const output = {y: {dtype: 'float32', shape: [32, 10], data: Float32Array.from({length: 320}, (_, i) => Math.sin(i))}};
const writer = cost(() => writePredictResponse('row', output));
const stringify = cost(() =>
  JSON.stringify({predictions: Array.from({length: 32}, (_, i) => [...output.y.data.subarray(i * 10, i * 10 + 10)])}),
);
table.push({
  what: 'write 32 x 10',
  bytes: 0,
  'scanner µs': writer,
  'JSON.parse µs': stringify,
  ratio: stringify / writer,
});

const answer = Buffer.from('{"predictions": [1.0]}');
const readBody = (req, done) => {
  const chunks = [];
  req.on('data', chunk => chunks.push(chunk)).on('end', () => done(Buffer.concat(chunks)));
};
async function layer(name, server) {
  if (!server.listening) await once(server.listen(0, '127.0.0.1'), 'listening');
  const {port} = server.address();
  const agent = new Agent({keepAlive: true, maxSockets: 16});
  const body = JSON.stringify({instances: BODIES['gold, 1 x 60 prices']});
  const ask = () =>
    new Promise((resolve, reject) => {
      const headers = {'content-type': 'application/json', 'content-length': Buffer.byteLength(body)};
      const sent = request(
        {port, host: '127.0.0.1', agent, method: 'POST', path: '/v1/models/m:predict', headers},
        response => response.resume().on('end', resolve),
      );
      sent.on('error', reject).end(body);
    });
  const batch = count =>
    Promise.all(
      Array.from({length: 16}, async () => {
        for (let i = 0; i < count; i++) await ask();
      }),
    );
  await batch(50);
  let best = Infinity;
  for (let round = 0; round < 3; round++) {
    const start = process.cpuUsage();
    await batch(100);
    const {user, system} = process.cpuUsage(start);
    best = Math.min(best, (user + system) / 1600);
  }
  agent.destroy();
  server.close();
  return {what: name, 'µs with client': best};
}
const http = createServer((req, res) =>
  readBody(req, () => {
    res.writeHead(200, {'content-type': 'application/json', 'content-length': answer.length});
    res.end(answer);
  }),
);
const app = fastify();
app.removeAllContentTypeParsers();
app.addContentTypeParser('*', {parseAs: 'buffer'}, (_request, body, done) => done(null, body));
app.post('/v1/models/*', (_request, reply) => reply.header('content-type', 'application/json').send(answer));
await app.listen({port: 0, host: '127.0.0.1'});
const layers = [
  await layer('node:http, body in one buffer', http),
  await layer('fastify, raw-buffer parser', app.server),
];
console.table(
  table.map(row =>
    Object.fromEntries(Object.entries(row).map(([k, v]) => [k, typeof v === 'number' ? Math.round(v * 10) / 10 : v])),
  ),
);
console.table(layers);
mkdirSync('.ingot/bench', {recursive: true});
writeFileSync(
  '.ingot/bench/serving-rest-json.json',
  JSON.stringify({at: new Date().toISOString(), table, layers}, null, 1),
);
process.exit(0);
