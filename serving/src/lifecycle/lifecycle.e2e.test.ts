import {cp, mkdir, mkdtemp, open, rename, rm, writeFile} from 'node:fs/promises';
import {connect} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {writeChecksums} from '@ingot/tensorflow/contract';
import {testModels} from '../testing/models.js';
import {get, post, ready, startServer, states, until, type Answer, type RunningServer} from '../testing/server.js';

const HALF_PLUS_TWO = 'saved_model_half_plus_two_cpu/00000123';
const HALF_PLUS_THREE = 'saved_model_half_plus_three/00000123';

/** Turns of a loop: some hundred milliseconds, or many seconds on a busy machine. */
const LONG = '50000';

let models: string;
let root: string;
let server: RunningServer;

beforeAll(async () => {
  models = await testModels();
}, 180_000);

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'ingot-root-'));
  await place('half', 1, HALF_PLUS_TWO);
  const patient = '--rest_api_timeout_in_ms=100000';
  server = await startServer(`--model_root=${root}`, '--file_system_poll_wait_seconds=0.2', patient);
  await ready(server);
});

afterEach(async () => {
  await server.stop('SIGKILL');
  await rm(root, {recursive: true});
});

/** Publishes as the deployer does: beside its place, then renamed. */
async function place(
  model: string,
  version: number,
  from: string,
  change?: (folder: string) => Promise<void>,
): Promise<void> {
  const incoming = join(root, model, `.incoming-${version}`);
  await cp(join(models, from), incoming, {recursive: true});
  await change?.(incoming);
  await rename(incoming, join(root, model, String(version)));
}

const golden = (wanted: number): string =>
  JSON.stringify({
    formatVersion: 1,
    tolerance: {absolute: 1e-6, relative: 0},
    samples: [
      {
        signature: 'serving_default',
        inputs: {x: {dtype: 'float32', shape: [1], values: [2]}},
        outputs: {y: {dtype: 'float32', shape: [1], values: [wanted]}},
      },
    ],
  });

async function writeExtras(folder: string, wanted: number): Promise<void> {
  await mkdir(join(folder, 'assets.extra'), {recursive: true});
  await writeFile(join(folder, 'assets.extra/golden.json'), golden(wanted));
  await writeChecksums(folder);
}

const answer = async (path = 'half'): Promise<string> =>
  (await post(`${server.url}/v1/models/${path}:predict`, '{"inputs": 2}')).text;

test('a new version takes over without a failed request, and the old one is unloaded', async () => {
  const seen = new Set<string>();
  let asking = true;
  const client = (async () => {
    while (asking) seen.add(await answer());
  })();
  await place('half', 2, HALF_PLUS_THREE, folder => writeExtras(folder, 4));
  await until(
    () => states(server, 'half'),
    found => found['2'] === 'AVAILABLE' && found['1'] === 'END',
  );
  asking = false;
  await client;
  expect([...seen].map(text => JSON.parse(text) as unknown).sort()).toEqual(expect.arrayContaining([{outputs: 3}]));
  expect([...seen].every(text => ['{"outputs":3}', '{"outputs":4}'].includes(JSON.stringify(JSON.parse(text))))).toBe(
    true,
  );
  expect(JSON.parse(await answer())).toEqual({outputs: 4});
});

test('requests that a version has got are answered by it, those that wait for their turn as well, though it is replaced', async () => {
  const ask = (signature: string, values: string): Promise<Answer> =>
    post(`${server.url}/v1/models/moody:predict`, `{"signature_name": "${signature}", "instances": [${values}]}`);
  const inFlight = async (): Promise<number> => {
    const {text} = await get(`${server.url}/metrics`);
    return Number(/^ingot_model_version_requests_in_flight\{model="moody",version="1"\} (\d+)$/m.exec(text)?.[1]);
  };
  await place('moody', 1, 'moody/1');
  await until(
    () => states(server, 'moody'),
    found => found['1'] === 'AVAILABLE',
  );
  const long = Array.from({length: 12}, () => ask('count', LONG));
  await until(inFlight, count => count === long.length);
  await place('moody', 2, 'moody/1');
  await until(
    () => ask('serving_default', '1'),
    ({headers}) => headers.get('ingot-model-version') === '2',
    100_000,
  );
  const answers = await Promise.all(long);
  expect(answers.map(({status, headers}) => [status, headers.get('ingot-model-version')])).toEqual(
    long.map(() => [200, '1']),
  );
  await until(
    () => states(server, 'moody'),
    found => found['1'] === 'END',
  );
}, 120_000);

test.each([
  [
    'a flipped bit',
    'other content than when it was written',
    async (folder: string) => {
      await writeExtras(folder, 4);
      const file = await open(join(folder, 'saved_model.pb'), 'r+');
      await file.write(Buffer.from([0xff]), 0, 1, 40);
      await file.close();
    },
  ],
  [
    'a missing file',
    'missing',
    async (folder: string) => {
      await writeExtras(folder, 4);
      await rm(join(folder, 'variables/variables.index'));
    },
  ],
  [
    'variables that are still to be copied',
    'variables.index is missing',
    (folder: string) => rm(join(folder, 'variables'), {recursive: true}),
  ],
  ['golden samples that it does not reproduce', 'the notebook had', (folder: string) => writeExtras(folder, 5)],
  ['no SavedModel in it', 'SavedModel .pb', (folder: string) => rm(join(folder, 'saved_model.pb'))],
])('a version with %s is listed with its reason, and the old one goes on', async (_, reason, damage) => {
  await place('half', 2, HALF_PLUS_THREE, damage);
  await until(
    () => states(server, 'half'),
    found => found['2'] === 'END',
  );
  const {text} = await get(`${server.url}/v1/models/half/versions/2`);
  const {status} = (JSON.parse(text) as {model_version_status: {status: {error_code: string; error_message: string}}[]})
    .model_version_status[0] as {status: {error_code: string; error_message: string}};
  expect(status.error_code).not.toBe('OK');
  expect(status.error_message).toContain(reason);
  expect(JSON.parse(await answer())).toEqual({outputs: 3});
  expect((await get(`${server.url}/readyz`)).status).toBe(503);
});

test('a version that was damaged is served once its files are right', async () => {
  await place('half', 2, HALF_PLUS_THREE, folder => rm(join(folder, 'saved_model.pb')));
  await until(
    () => states(server, 'half'),
    found => found['2'] === 'END',
  );
  await cp(join(models, HALF_PLUS_THREE, 'saved_model.pb'), join(root, 'half/2/saved_model.pb'));
  await until(
    () => states(server, 'half'),
    found => found['2'] === 'AVAILABLE',
  );
  expect(JSON.parse(await answer())).toEqual({outputs: 4});
});

test('a version that cannot be loaded is tried again after growing pauses, and no oftener than is said', async () => {
  await server.stop('SIGKILL');
  server = await startServer(
    `--model_root=${root}`,
    '--file_system_poll_wait_seconds=0.05',
    '--max_num_load_retries=2',
  );
  await place('half', 2, HALF_PLUS_THREE, folder => rm(join(folder, 'saved_model.pb')));
  const attempts = (): number[] =>
    [...server.log().matchAll(/^(\S+) ERROR half\/2 is not served/gm)].map(([, time]) => Date.parse(time as string));
  const [first = 0, second = 0, third = 0] = await until(
    async () => attempts(),
    found => found.length === 3,
  );
  // A timer may be early by the rounding of a clock.
  expect(second - first).toBeGreaterThan(990);
  expect(third - second).toBeGreaterThan(1990);
  for (const model of ['later', 'last']) {
    await place(model, 1, HALF_PLUS_TWO);
    await until(
      () => states(server, model),
      found => found['1'] === 'AVAILABLE',
    );
  }
  expect(attempts()).toHaveLength(3);
});

test('models come and go with their folders; a vanished root takes nothing away', async () => {
  await place('other', 7, HALF_PLUS_THREE);
  await until(
    () => states(server, 'other'),
    found => found['7'] === 'AVAILABLE',
  );
  expect(JSON.parse(await answer('other/versions/7'))).toEqual({outputs: 4});
  await rm(join(root, 'other'), {recursive: true});
  await until(
    () => get(`${server.url}/v1/models/other`),
    ({status}) => status === 404,
  );
  await rename(root, `${root}-away`);
  await until(
    async () => server.log(),
    log => log.includes('cannot read the model root'),
  );
  expect(JSON.parse(await answer())).toEqual({outputs: 3});
  await rename(`${root}-away`, root);
});

test('going back to an older version is removing the newer one', async () => {
  await place('half', 2, HALF_PLUS_THREE);
  await until(
    () => states(server, 'half'),
    found => found['2'] === 'AVAILABLE' && found['1'] === 'END',
  );
  await rename(join(root, 'half/2'), join(root, 'half/.2'));
  await until(
    () => states(server, 'half'),
    found => found['1'] === 'AVAILABLE' && found['2'] === 'END',
  );
  expect(JSON.parse(await answer())).toEqual({outputs: 3});
});

test('SIGTERM answers what is due and ends with 0', async () => {
  const {port, hostname} = new URL(server.url);
  const socket = connect(Number(port), hostname);
  const body = '{"inputs": 2}';
  socket.write(
    `POST /v1/models/half:predict HTTP/1.1\r\nhost: a\r\ncontent-length: ${body.length}\r\n\r\n${body.slice(0, 5)}`,
  );
  // The server has the connection once it has answered a request that came later.
  await answer();
  const ended = server.stop();
  await until(
    async () => server.log(),
    log => log.includes('SIGTERM'),
  );
  socket.write(body.slice(5));
  let reply = '';
  for await (const chunk of socket) reply += String(chunk);
  expect(reply).toContain('"outputs": 3.0');
  expect(await ended).toBe(0);
});

test('SIGTERM does not wait for a version that is still being loaded', async () => {
  const inputs = {x: {dtype: 'int64', shape: [1], values: ['4000000000000000']}};
  const samples = [{signature: 'count', inputs, outputs: {}}];
  const endless = JSON.stringify({formatVersion: 1, tolerance: {absolute: 0, relative: 0}, samples});
  await place('moody', 1, 'moody/1', async folder => {
    await mkdir(join(folder, 'assets.extra'));
    await writeFile(join(folder, 'assets.extra/golden.json'), endless);
  });
  await until(
    () => states(server, 'moody'),
    found => found['1'] === 'LOADING',
  );
  expect(await server.stop()).toBe(0);
  expect(server.log()).not.toContain('moody/1 is not served');
});
