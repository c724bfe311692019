import {mkdtemp, readdir, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {testModels} from '../testing/models.js';
import {get, post, ready, startServerWith, until, type RunningServer} from '../testing/server.js';

let folder: string;
let server: RunningServer | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ingot-rehearsal-test-'));
}, 180_000);
afterEach(async () => {
  await server?.stop();
  await rm(folder, {recursive: true, force: true});
});

async function start(temporary: string, requests: number, ...more: string[]): Promise<RunningServer> {
  const half = join(await testModels(), 'saved_model_half_plus_two_cpu');
  const flags = ['--model_name=half', `--model_base_path=${half}`, `--rehearsal_requests=${requests}`, ...more];
  return (server = await startServerWith({TMPDIR: temporary}, ...flags));
}

const ask = (): Promise<unknown> => post(`${server?.url}/v1/models/half:predict`, '{"instances":[2]}');

/** With how many requests it has rehearsed, once it has. */
async function rehearsed({log}: RunningServer): Promise<number> {
  const text = await until(
    async () => log(),
    text => text.includes('rehearsed with'),
  );
  return Number(/rehearsed with (\d+) requests/.exec(text)?.[1]);
}

test('a rehearsal goes through both doors, and clients, metrics and the disk see nothing of it', async () => {
  const running = await start(folder, 100);
  const {url} = running;
  expect(await rehearsed(running)).toBeGreaterThan(100);
  expect(await ask()).toMatchObject({status: 200});
  const metrics = (await get(`${url}/metrics`)).text;
  expect(metrics).toMatch(/ingot_requests_total\{model="half",.*\} 1\n/);
  expect(metrics).not.toContain('rehearsal');
  expect(await get(`${url}/v1/models/rehearsal`)).toMatchObject({status: 404});
  expect(await readdir(folder)).toEqual([]);
});

test('a server with but one door rehearses with that', async () => {
  const requests = await rehearsed(await start(folder, 100, '--rest_api_port=0'));
  expect(requests).toBeGreaterThan(0);
  expect(requests).toBeLessThanOrEqual(100);
});

test('a server that is told to end in the middle of it ends as always', async () => {
  const running = await start(folder, 1_000_000);
  await ready(running);
  await until(
    () => readdir(folder),
    names => names.length > 0,
  );
  expect(await running.stop()).toBe(0);
  expect(await readdir(folder)).toEqual([]);
});

test('where it is not possible, the server says so and serves', async () => {
  const {log} = await start(join(folder, 'missing'), 700);
  await until(
    async () => log(),
    text => text.includes('not rehearsed'),
  );
  expect(await ask()).toMatchObject({status: 200});
});
