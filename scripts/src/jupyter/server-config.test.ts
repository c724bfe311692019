import {spawn, type ChildProcess} from 'node:child_process';
import {once} from 'node:events';
import {mkdir, mkdtemp, rm, stat} from 'node:fs/promises';
import {createServer, type IncomingMessage, type Server} from 'node:http';
import type {AddressInfo} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {answers} from '../platform/health.js';
import {readSettings} from '../settings.js';
import {freePort} from '../supervise/ports.js';
import {prepareJupyter, type JupyterLaunch} from './server-config.js';

/** A real Jupyter server in front of a stand-in for the deployer that keeps what reaches it. */

const TOKEN = 'jupyter-token';
// Braces mean something to the proxy.
const DEPLOYER_TOKEN = 'deployer-{token}';

const reached: IncomingMessage[] = [];
let sendEvent: (text: string) => void = () => {};
let upstream: Server;
let home: string;
let launch: JupyterLaunch;
let jupyter: ChildProcess;
let jupyterEnded: Promise<unknown> | undefined;
let url: string;

beforeAll(async () => {
  upstream = createServer((request, response) => {
    reached.push(request);
    if (request.url === '/events') {
      response.writeHead(200, {'content-type': 'text/event-stream'});
      sendEvent = text => response.write(`data: ${text}\n\n`);
      sendEvent('one');
    } else response.end('[]');
  });
  upstream.listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  const upstreamPort = (upstream.address() as AddressInfo).port;
  home = await mkdtemp(join(tmpdir(), 'ingot-jupyter-'));
  await mkdir(join(home, 'notebooks'));
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  launch = await prepareJupyter({
    home,
    python: readSettings(process.env).python,
    notebooks: join(home, 'notebooks'),
    host: '127.0.0.1',
    port,
    token: TOKEN,
    deployer: {port: upstreamPort, tokenHeader: 'x-ingot-token', token: DEPLOYER_TOKEN},
    tensorboardPort: upstreamPort,
    env: {
      ...(process.env as Record<string, string>),
      INGOT_DEPLOYER_TOKEN: 'secret',
      INGOT_REDIS_URL: 'redis://secret',
    },
  });
  const [program, ...args] = launch.command;
  jupyter = spawn(program, args, {env: launch.env, stdio: 'ignore'});
  jupyterEnded = once(jupyter, 'exit');
  const healthy = answers(`${url}/api/status`, {authorization: `token ${TOKEN}`});
  while (
    !(await healthy().then(
      () => true,
      () => false,
    ))
  ) {
    if (jupyter.exitCode !== null || jupyter.signalCode !== null) {
      throw new Error(`Jupyter ended with status ${jupyter.exitCode ?? jupyter.signalCode}.`);
    }
    await new Promise(resolve => setTimeout(resolve, 200));
  }
}, 180_000);

afterAll(async () => {
  jupyter.kill('SIGTERM');
  await jupyterEnded;
  upstream.closeAllConnections();
  upstream.close();
  await rm(home, {recursive: true});
});

beforeEach(() => {
  reached.length = 0;
});

const ask = (path: string, init: RequestInit = {}): Promise<Response> =>
  fetch(`${url}${path}`, {redirect: 'manual', ...init, headers: {authorization: `token ${TOKEN}`, ...init.headers}});

it.each(['/ingot-deployer/api/models', '/ingot-tensorboard/'])(
  'lets nobody reach %s who is not logged in',
  async path => {
    for (const authorization of ['', 'token wrong']) {
      expect([302, 403]).toContain((await ask(path, {headers: {authorization}})).status);
    }
    expect(reached).toEqual([]);
  },
);

it("gives the deployer its own token, and keeps the user's login from it", async () => {
  const response = await ask('/ingot-deployer/api/models?x=1', {headers: {cookie: 'session=1'}});
  expect(await response.json()).toEqual([]);
  expect(reached[0]?.url).toBe('/api/models?x=1');
  expect(reached[0]?.headers['x-ingot-token']).toBe(DEPLOYER_TOKEN);
  expect([reached[0]?.headers.authorization ?? '', reached[0]?.headers.cookie ?? '']).toEqual(['', '']);
});

it('does not let a page choose the token', async () => {
  await ask('/ingot-deployer/api/models', {headers: {'X-Ingot-Token': 'mine'}});
  expect(reached[0]?.headers['x-ingot-token']).toBe(DEPLOYER_TOKEN);
});

it('passes events on one by one', async () => {
  const response = await ask('/ingot-deployer/events', {headers: {accept: 'text/event-stream'}});
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  expect(await reader?.read()).toMatchObject({value: 'data: one\n\n'});
  sendEvent('two');
  expect(await reader?.read()).toMatchObject({value: 'data: two\n\n'});
  await reader?.cancel();
});

it('shows TensorBoard under the path that it was started with', async () => {
  await ask('/ingot-tensorboard/data/environment');
  expect(reached[0]?.url).toBe('/ingot-tensorboard/data/environment');
});

it('fetches nothing from outside and asks nobody whether it may', async () => {
  const {schema} = (await (await ask('/lab/api/settings/@jupyterlab/apputils-extension:notification')).json()) as {
    schema: {properties: Record<string, unknown>};
  };
  expect(schema.properties).toMatchObject({fetchNews: {default: 'false'}, checkForUpdates: {default: false}});
});

it("offers the platform's kernels only, and ours unless another is chosen", async () => {
  const {default: standard, kernelspecs} = (await (await ask('/api/kernelspecs')).json()) as {
    default: string;
    kernelspecs: Record<string, unknown>;
  };
  expect(standard).toBe('ingot');
  expect(['ingot', 'python3']).toEqual(expect.arrayContaining(Object.keys(kernelspecs)));
});

it('keeps its secrets from other users and from the code of notebooks', async () => {
  const {mode} = await stat(join(home, 'jupyter', 'config', 'ingot.json'));
  expect(mode & 0o077).toBe(0);
  expect(JSON.stringify(launch)).not.toContain('secret');
});
