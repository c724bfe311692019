import {mkdir} from 'node:fs/promises';
import {connect, type AddressInfo} from 'node:net';
import {Agent, request as httpRequest} from 'node:http';
import path from 'node:path';
import type {FastifyInstance} from 'fastify';
import type {Deployment} from '../deployment.js';
import type {EmbeddedQueue} from '../queue/embedded.js';
import {QueueDoor} from '../queue/door.js';
import {ServingClient} from '../serving/client.js';
import {startTestQueue, temporaryFolder, until} from '../testing/fixtures.js';
import {buildApp, type AppOptions} from './app.js';

const TOKEN = 'a-token-of-the-tests';
const READ = {'x-ingot-token': TOKEN};
const WRITE = {...READ, 'x-ingot-client': 'test', 'content-type': 'application/json'};

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let queue: EmbeddedQueue;
let door: QueueDoor;
let app: FastifyInstance;
let base: string;
const audited: string[] = [];

beforeAll(async () => {
  folder = await temporaryFolder();
  queue = await startTestQueue(folder.path);
  door = new QueueDoor(queue.url);
  app = await newApp();
  base = await app.listen({host: '127.0.0.1', port: 0});
});
afterAll(async () => {
  await app.close();
  await door.close();
  await queue.stop();
  await folder.remove();
});

const SERVING_ADMIN = {url: 'http://127.0.0.1:9', token: 'a-token-of-the-tests'};

function newApp(queueDoor = door, servingAdmin: AppOptions['servingAdmin'] = SERVING_ADMIN): Promise<FastifyInstance> {
  return buildApp({
    token: TOKEN,
    allowedHosts: ['lab.example'],
    modelsDir: path.join(folder.path, 'models'),
    stagingDir: path.join(folder.path, 'staging'),
    queue: queueDoor,
    serving: new ServingClient('http://127.0.0.1:9'),
    servingAdmin,
    log: () => {},
    audit: async event => void audited.push(event.event),
    limits: {requestTimeoutMs: 1000, headersTimeoutMs: 500, maxConnections: 50},
  });
}

let staged = 0;
async function stage(): Promise<string> {
  const id = `staged-${++staged}`;
  await mkdir(path.join(folder.path, 'staging', id), {recursive: true});
  return id;
}

function post(payload: object | string, headers: Record<string, string> = WRITE, url = '/api/deployments') {
  return app.inject({method: 'POST', url, headers, payload});
}

describe('who may call', () => {
  const {'x-ingot-client': _client, ...withoutClient} = WRITE;
  test.each<[string, number, string, Record<string, string>]>([
    ['no token', 401, 'wrong_token', {'x-ingot-client': 'test', 'content-type': 'application/json'}],
    ['a wrong token', 401, 'wrong_token', {...WRITE, 'x-ingot-token': 'x'}],
    ["Jupyter's token and cookie instead", 401, 'wrong_token', {authorization: `token ${TOKEN}`, cookie: `t=${TOKEN}`}],
    ['no client header', 403, 'missing_client_header', withoutClient],
    ['a form', 415, 'not_json', {...WRITE, 'content-type': 'application/x-www-form-urlencoded'}],
    ['JSON sent as text, as a page of another site can', 415, 'not_json', {...WRITE, 'content-type': 'text/plain'}],
    ['a page of another site', 403, 'foreign_origin', {...WRITE, origin: 'http://evil.example'}],
    ['a page without an origin', 403, 'foreign_origin', {...WRITE, origin: 'null'}],
    ['a browser that says cross-site', 403, 'foreign_origin', {...WRITE, 'sec-fetch-site': 'cross-site'}],
    ['a name that was bound anew (DNS)', 403, 'foreign_host', {...WRITE, host: 'evil.example:8600'}],
  ])('%s is refused', async (_name, status, code, headers) => {
    const answer = await post({model: 'gold', staged: await stage()}, headers);
    expect([answer.statusCode, answer.json().error.code]).toEqual([status, code]);
    expect(await door.list({limit: 10})).toEqual([]);
  });

  test("JupyterLab's page is let in, through its own origin", async () => {
    const headers = {...READ, host: 'localhost:8888', origin: 'http://localhost:8888', 'sec-fetch-site': 'same-origin'};
    expect((await app.inject({url: '/api/deployments', headers})).statusCode).toBe(200);
    const named = {...READ, host: 'lab.example', origin: 'https://lab.example'};
    expect((await app.inject({url: '/api/deployments', headers: named})).statusCode).toBe(200);
  });

  test('a preflight is never granted', async () => {
    const headers = {origin: 'http://127.0.0.1:1', 'access-control-request-method': 'POST'};
    const answer = await app.inject({method: 'OPTIONS', url: '/api/deployments', headers});
    expect(answer.statusCode).toBeGreaterThanOrEqual(400);
    expect(Object.keys(answer.headers).filter(name => name.startsWith('access-control'))).toEqual([]);
  });

  test('health is told to everybody, and nothing secret in it', async () => {
    const answer = await app.inject({url: '/healthz'});
    expect(answer.json()).toEqual({status: 'no workers', workers: 0, waiting: 0, active: 0});
  });
});

describe('what may be asked', () => {
  test.each<[string, number, string, object | string]>([
    ['a staged id that leads out of the folder', 400, 'invalid_request', {model: 'gold', staged: '../../etc'}],
    ['a model name that leads out of the folder', 400, 'invalid_request', {model: '..', staged: 's'}],
    ['a hidden name', 400, 'invalid_request', {model: '.gold', staged: 's'}],
    ['an unknown field', 400, 'invalid_request', {model: 'gold', staged: 's', version: 7}],
    ['a name that forges a line of the log', 400, 'invalid_request', {model: 'm', staged: 's', requestedBy: 'a\nb'}],
    ['a notebook that steers a terminal', 400, 'invalid_request', {model: 'm', staged: 's', notebook: '\u001b[2J'}],
    ['a number for a name', 400, 'invalid_request', {model: 5, staged: 's'}],
    ['broken JSON', 400, 'invalid_request', '{"model":'],
    ['no body', 400, 'invalid_request', ''],
    ['a list', 400, 'invalid_request', []],
    ['prototype pollution', 400, 'invalid_request', '{"__proto__":{"x":1},"model":"gold","staged":"s"}'],
    ['an unknown staged model', 404, 'no_such_staged_model', {model: 'gold', staged: 'nobody-staged-this'}],
    ['an oversized body', 413, 'too_large', {model: 'gold', staged: 's', notebook: 'x'.repeat(70_000)}],
  ])('%s is refused', async (_name, status, code, payload) => {
    const answer = await post(payload);
    expect([answer.statusCode, answer.json().error.code]).toEqual([status, code]);
    expect(await door.list({limit: 10})).toEqual([]);
  });

  test.each([
    ['GET', '/api/deployments/deploy-nothing', 404, 'no_such_deployment'],
    ['GET', '/api/deployments/..%2f..%2fx', 400, 'invalid_request'],
    ['GET', '/api/deployments/deploy-nothing/events', 404, 'no_such_deployment'],
    ['POST', '/api/deployments/deploy-nothing/retry', 404, 'no_such_deployment'],
    ['GET', '/api/deployments?limit=-1', 400, 'invalid_request'],
    ['GET', '/api/models/nobody/versions/1', 404, 'no_such_model'],
    ['GET', '/api/models/nobody/versions/01', 400, 'invalid_request'],
    ['POST', '/api/models/nobody/live', 400, 'invalid_request'],
    ['GET', '/api/nothing', 404, 'no_such_route'],
    ['DELETE', '/api/models', 404, 'no_such_route'],
  ] as const)('%s %s gets an error with its code', async (method, url, status, code) => {
    const answer = await app.inject({method, url, headers: WRITE});
    expect([answer.statusCode, answer.json().error.code]).toEqual([status, code]);
  });

  test('the OpenAPI document describes every route', async () => {
    const {paths} = (await app.inject({url: '/api/openapi.json', headers: READ})).json();
    expect(Object.keys(paths).sort()).toEqual([
      '/api/deployments',
      '/api/deployments/{id}',
      '/api/deployments/{id}/cancel',
      '/api/deployments/{id}/events',
      '/api/deployments/{id}/retry',
      '/api/models',
      '/api/models/{name}/live',
      '/api/models/{name}/versions/{version}',
      '/healthz',
      '/metrics',
    ]);
    expect(paths['/api/deployments'].post.requestBody.content['application/json'].schema.required).toEqual([
      'model',
      'staged',
    ]);
  });
});

describe('asking for a deployment', () => {
  test('a double click is one deployment', async () => {
    const id = await stage();
    const answers = await Promise.all(
      Array.from({length: 8}, () => post({model: 'gold', staged: id, requestedBy: 'ann'})),
    );
    expect(new Set(answers.map(answer => answer.statusCode))).toEqual(new Set([202]));
    expect(new Set(answers.map(answer => answer.json<Deployment>().id)).size).toBe(1);
    const list = (await app.inject({url: '/api/deployments?model=gold', headers: READ})).json<Deployment[]>();
    expect(list.filter(deployment => deployment.staged === id)).toMatchObject([
      {state: 'queued', requestedBy: 'ann', version: null},
    ]);
  });

  test('one staged model cannot become two models', async () => {
    const id = await stage();
    await post({model: 'gold', staged: id});
    const answer = await post({model: 'silver', staged: id});
    expect([answer.statusCode, answer.json().error.code]).toEqual([409, 'staged_for_another_model']);
  });

  test('the newest is listed first, and only as many as asked for', async () => {
    const [first, second] = [await stage(), await stage()];
    await post({model: 'ordered', staged: first});
    await post({model: 'ordered', staged: second});
    const all = (await app.inject({url: '/api/deployments?model=ordered', headers: READ})).json<Deployment[]>();
    expect(all.map(deployment => deployment.staged)).toEqual([second, first]);
    const one = (await app.inject({url: '/api/deployments?model=ordered&limit=1', headers: READ})).json<Deployment[]>();
    expect(one.map(deployment => deployment.staged)).toEqual([second]);
  });

  test('what was accepted is listed after a restart of the API', async () => {
    const id = await stage();
    await post({model: 'kept', staged: id});
    const other = new QueueDoor(queue.url);
    try {
      expect(await other.list({model: 'kept', limit: 5})).toMatchObject([{staged: id, state: 'queued'}]);
    } finally {
      await other.close();
    }
  });

  test('a deployment that runs cannot be retried', async () => {
    const id = await stage();
    await post({model: 'gold', staged: id});
    const answer = await post('', WRITE, `/api/deployments/deploy-${id}/retry`);
    expect([answer.statusCode, answer.json().error.code]).toEqual([409, 'not_failed']);
  });

  test('only a version that is there can be gone back to, by a deployer that may tell the server', async () => {
    await mkdir(path.join(folder.path, 'models', 'there', '2'), {recursive: true});
    const ask = async (url: string, version: unknown, to = app) => {
      const answer = await to.inject({method: 'POST', url, headers: WRITE, payload: {version}});
      return [answer.statusCode, answer.json().error?.code];
    };
    expect(await ask('/api/models/there/live', 1)).toEqual([404, 'no_such_version']);
    expect(await ask('/api/models/nobody/live', 1)).toEqual([404, 'no_such_model']);
    expect(await ask('/api/models/..%2fthere/live', 2)).toEqual([400, 'invalid_request']);
    expect(await ask('/api/models/there/live', '../2')).toEqual([400, 'invalid_request']);
    expect(await ask('/api/models/there/live', 1e300)).toEqual([400, 'invalid_request']);
    const own = await newApp(door, null);
    expect(await ask('/api/models/there/live', 2, own)).toEqual([409, 'no_serving_control']);
    await own.close();
    expect(await door.list({model: 'there', limit: 5})).toEqual([]);
  });

  test('while the model server is away its models are listed, and nothing is claimed to be live', async () => {
    await mkdir(path.join(folder.path, 'models', 'there', '2'), {recursive: true});
    const models = (await app.inject({url: '/api/models', headers: READ})).json<object[]>();
    expect(models).toMatchObject([{name: 'there', serverAnswers: false, pinned: null, versions: [{live: false}]}]);
  });

  test('a double click on going back is one deployment; what is wished for again later is another', async () => {
    await mkdir(path.join(folder.path, 'models', 'twice', '1'), {recursive: true});
    await mkdir(path.join(folder.path, 'models', 'twice', '2'), {recursive: true});
    const go = async (version: number): Promise<string> => {
      const answer = await post({version, requestedBy: 'ann'}, WRITE, '/api/models/twice/live');
      expect(answer.statusCode).toBe(202);
      expect(answer.json()).toMatchObject({state: 'queued', staged: null, version, requestedBy: 'ann'});
      return answer.json<Deployment>().id;
    };
    audited.length = 0;
    const [first] = await Promise.all(Array.from({length: 8}, () => go(1)));
    expect(await door.list({model: 'twice', limit: 5})).toHaveLength(1);
    expect(audited).toEqual(['requested']);
    expect(await go(1)).toBe(first);
    const second = await go(2);
    expect(await go(1)).not.toBe(first);
    expect((await door.list({model: 'twice', limit: 5})).map(({id}) => id)).toContain(second);
    const cancelled = await post({}, WRITE, `/api/deployments/${second}/cancel`);
    expect(cancelled.statusCode).toBe(202);
  });

  test('events begin with the deployment as it is, and end when the API closes', async () => {
    const id = await stage();
    await post({model: 'gold', staged: id});
    const own = await newApp();
    const address = await own.listen({host: '127.0.0.1', port: 0});
    const answer = await fetch(`${address}/api/deployments/deploy-${id}/events`, {headers: READ});
    expect(answer.headers.get('content-type')).toMatch(/^text\/event-stream/);
    const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
    const {value} = await reader.read();
    const [, data] = /^data: (.*)$/m.exec(Buffer.from(value ?? []).toString()) ?? [];
    expect(JSON.parse(data ?? '')).toMatchObject({id: `deploy-${id}`, state: 'queued'});
    await own.close();
    expect((await reader.read()).done).toBe(true);
  });
});

test('a double click is audited once, and cancelling by who asked', async () => {
  const id = await stage();
  audited.length = 0;
  await post({model: 'gold', staged: id});
  await post({model: 'gold', staged: id});
  const answer = await post({requestedBy: 'bob'}, WRITE, `/api/deployments/deploy-${id}/cancel`);
  expect(answer.statusCode).toBe(202);
  expect(audited).toEqual(['requested', 'cancelled']);
});

test("figures are told in Prometheus' format", async () => {
  const answer = await app.inject({url: '/metrics'});
  expect(answer.headers['content-type']).toMatch(/^text\/plain; version=0.0.4/);
  expect(answer.body).toMatch(/^ingot_deployments_total\{result="live"\} 0$/m);
  expect(answer.body).toMatch(/^ingot_deployments_waiting [1-9]\d*$/m);
  for (const line of answer.body.trim().split('\n'))
    expect(line).toMatch(/^(# (HELP|TYPE) \w+ .+|\w+(\{\w+="\w+"\})? [\d.]+)$/);
});

describe('connections', () => {
  test('a body that drips in is cut off', async () => {
    const {port} = app.server.address() as AddressInfo;
    const socket = connect(port, '127.0.0.1');
    const closed = new Promise<string>(resolve => {
      let answer = '';
      socket.on('data', data => (answer += data.toString()));
      socket.on('close', () => resolve(answer));
    });
    const headers = Object.entries(WRITE).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.write(
      `POST /api/deployments HTTP/1.1\r\nhost: 127.0.0.1\r\n${headers.join('')}content-length: 1000\r\n\r\n`,
    );
    const drip = setInterval(() => socket.write(' '), 100);
    const answer = await closed;
    clearInterval(drip);
    expect(answer).toMatch(/^HTTP\/1\.1 408/);
  });

  test('closing lets a running request end and does not wait for idle connections', async () => {
    const own = await newApp();
    let arrived: () => void = () => {};
    const running = new Promise<void>(resolve => (arrived = resolve));
    let release: () => void = () => {};
    const held = new Promise<void>(resolve => (release = resolve));
    const list = holdList(door, async () => {
      arrived();
      await held;
      return [];
    });
    const address = new URL(await own.listen({host: '127.0.0.1', port: 0}));
    const agent = new Agent({keepAlive: true});
    const answer = new Promise<number | undefined>((resolve, reject) => {
      httpRequest(
        {host: address.hostname, port: address.port, path: '/api/deployments', headers: READ, agent},
        response => {
          response.resume();
          response.on('end', () => resolve(response.statusCode));
        },
      )
        .on('error', reject)
        .end();
    });
    await running;
    const closing = own.close();
    release();
    expect(await answer).toBe(200);
    await closing;
    list.restore();
    agent.destroy();
  });
});

/** Holds the answer of one call; the real queue cannot be made to wait. */
function holdList(target: QueueDoor, list: QueueDoor['list']): {restore: () => void} {
  const original = target.list.bind(target);
  target.list = list;
  return {
    restore: () => {
      target.list = original;
    },
  };
}

test('with the queue down every answer is a 503 that says so, and it works again when the queue is back', async () => {
  const port = Number(new URL(queue.url).port);
  const password = decodeURIComponent(new URL(queue.url).password);
  const id = await stage();
  await queue.stop();
  const answer = await fetch(`${base}/api/deployments`, {
    method: 'POST',
    headers: WRITE,
    body: JSON.stringify({model: 'gold', staged: id}),
    // Ends a test that has failed; the door itself gives up after 0.9 s.
    signal: AbortSignal.timeout(20_000),
  });
  expect(answer.status).toBe(503);
  expect(answer.headers.get('retry-after')).toBe('1');
  expect(await answer.json()).toMatchObject({
    error: {code: 'queue_down', remedy: expect.stringContaining('INGOT_REDIS_URL')},
  });
  expect((await app.inject({url: '/healthz'})).statusCode).toBe(503);
  queue = await startTestQueue(folder.path, port, password);
  const health = async () => (await app.inject({url: '/healthz'})).statusCode === 200;
  await until('the queue is reached again', health);
  expect((await post({model: 'gold', staged: id})).statusCode).toBe(202);
});
