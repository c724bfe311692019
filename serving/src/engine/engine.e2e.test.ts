import {execFile} from 'node:child_process';
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {testModels} from '../testing/models.js';
import {enginePid, get, post, ready, startServer, until, type Answer, type RunningServer} from '../testing/server.js';

/** More turns than any machine makes in a day. */
const FOREVER = '4611686018427387904';
/** A second of them, or many on a busy machine. */
const LONG = '200000';
const PATIENT = '--rest_api_timeout_in_ms=100000';

let server: RunningServer;

beforeAll(testModels, 180_000);
afterEach(() => server.stop('SIGKILL'));

async function start(...flags: string[]): Promise<void> {
  server = await startServer(`--model_name=moody`, `--model_base_path=${join(await testModels(), 'moody')}`, ...flags);
  await ready(server);
}

const ask = (signature: string, values: string): Promise<Answer> =>
  post(`${server.url}/v1/models/moody:predict`, `{"signature_name": "${signature}", "instances": [${values}]}`);
const calm = (): Promise<Answer> => ask('serving_default', '1');

async function losses(reason: string): Promise<number> {
  const {text} = await get(`${server.url}/metrics`);
  return Number(new RegExp(`ingot_engine_losses_total\\{reason="${reason}"\\} (\\d+)`).exec(text)?.[1] ?? 0);
}

test('kill -9 of the engine under load: every request is answered, the models are there again, the loss is counted', async () => {
  await start(PATIENT);
  const answers: Answer[] = [];
  let asking = true;
  const client = async (): Promise<void> => {
    while (asking) answers.push(await calm());
  };
  const clients = Array.from({length: 8}, client);
  const long = ask('count', LONG);
  await until(
    async () => answers.length,
    count => count > 50,
  );
  const killed = await enginePid(server);
  process.kill(killed, 'SIGKILL');
  await until(
    () => losses('SIGKILL'),
    count => count === 1,
  );
  await until(
    () => enginePid(server).catch(() => killed),
    pid => pid !== killed,
  );
  await ready(server);
  const before = answers.length;
  await until(
    async () => answers.length,
    count => count > before + 50,
  );
  asking = false;
  await Promise.all(clients);
  // Those that were in it are tried once more.
  expect(answers.filter(({status}) => status !== 200)).toEqual([]);
  expect((await long).status).toBe(200);
}, 120_000);

test('a request that crashes TensorFlow gets 503 with Retry-After, having crashed it twice, and the next ones are answered', async () => {
  await start(PATIENT);
  const other = ask('count', LONG);
  const {status, text, headers} = await ask('crash', '1');
  expect([status, headers.get('retry-after')]).toEqual([503, '1']);
  expect(text).toContain('the engine that ran the model has ended (SIGABRT)');
  expect((await calm()).status).toBe(200);
  expect(await losses('SIGABRT')).toBe(2);
  // It was in the engine at the first crash, and may have been at the second.
  expect([200, 503]).toContain((await other).status);
}, 120_000);

test('inputs that the signature does not take, and that crash TensorFlow twice, crash it no more', async () => {
  await start(PATIENT);
  expect((await ask('crash', '[1, 2]')).status).toBe(503);
  expect(await losses('SIGABRT')).toBe(2);
  const {status, text} = await ask('crash', '[3, 4]');
  expect([status, text]).toEqual([400, expect.stringContaining('Inputs of such shapes make TensorFlow crash')]);
  expect((await calm()).status).toBe(200);
  expect(await losses('SIGABRT')).toBe(2);
}, 120_000);

test('not ready while the engine is down; requests wait for it', async () => {
  await start();
  process.kill(await enginePid(server), 'SIGKILL');
  const waiting = calm();
  await until(
    () => get(`${server.url}/readyz`),
    ({status}) => status === 503,
  );
  expect((await waiting).status).toBe(200);
  await ready(server);
}, 120_000);

test('a graph that never ends is given up at its deadline, and the engine goes on', async () => {
  await start('--rest_api_timeout_in_ms=1000');
  const pid = await enginePid(server);
  expect((await ask('count', FOREVER)).status).toBe(504);
  expect((await calm()).status).toBe(200);
  expect(await enginePid(server)).toBe(pid);
}, 120_000);

test('an engine that hangs is ended some time after the deadline of what it runs', async () => {
  await start('--rest_api_timeout_in_ms=1000', '--engine_grace_in_ms=500');
  await calm();
  const pid = await enginePid(server);
  process.kill(pid, 'SIGSTOP');
  await until(
    () => readFile(`/proc/${pid}/status`, 'utf8'),
    status => /State:\s+T/.test(status),
  );
  expect((await calm()).status).toBe(504);
  await until(
    () => losses('hung'),
    count => count === 1,
  );
  await ready(server);
  expect((await calm()).status).toBe(200);
}, 120_000);

test('outputs that are too large are refused, and what is read after them is not taken for them', async () => {
  server = await startServer(
    '--model_name=identity',
    `--model_base_path=${join(await testModels(), 'identity')}`,
    '--engine_max_answer_bytes=1000000',
  );
  await ready(server);
  const floats = (count: number): Promise<Answer> =>
    post(
      `${server.url}/v1/models/identity:predict`,
      JSON.stringify({signature_name: 'float32', instances: [Array<number>(count).fill(0.5)]}),
    );
  const {status, text} = await floats(300_000);
  expect([status, text]).toEqual([
    400,
    expect.stringMatching(/the outputs take 12\d{5} bytes, more than the 1000000 /),
  ]);
  // In one batch they are too large as well: each gets its answer all the same.
  const together = await Promise.all(Array.from({length: 8}, () => floats(150_000)));
  expect(together.map(answer => answer.status)).toEqual(together.map(() => 200));
}, 120_000);

test('a run that takes all memory fails, or its engine does; the server goes on', async () => {
  await start();
  const pid = await enginePid(server);
  expect((await ask('fill', '1000')).status).toBe(200);
  const used = Number(/VmSize:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;
  await promisify(execFile)('prlimit', [`--pid=${pid}`, `--as=${used + 256 * 2 ** 20}`]);
  expect((await ask('fill', '1000000000')).status).toBeGreaterThanOrEqual(429);
  await ready(server);
  expect((await calm()).status).toBe(200);
}, 120_000);

test('SIGTERM with a request running: not ready at once, the request is answered, exit 0', async () => {
  await start(PATIENT);
  const long = ask('count', LONG);
  await until(
    () => get(`${server.url}/metrics`),
    // The door has read it once a load and its warm-up are the only other thing there.
    ({text}) => text.includes('AVAILABLE'),
  );
  // A terminal and a service manager signal all processes of a group.
  process.kill(await enginePid(server), 'SIGTERM');
  const stopped = server.stop('SIGTERM');
  await until(
    () =>
      get(`${server.url}/readyz`).then(
        ({status}) => status,
        () => 0,
      ),
    status => status !== 200,
  );
  expect((await long).status).toBe(200);
  expect(await stopped).toBe(0);
  expect(server.log()).not.toMatch(/engine/i);
}, 120_000);

test('the flood of one model does not keep another waiting until it is through', async () => {
  server = await startServer(`--model_root=${await testModels()}`, PATIENT, '--adaptive_batching=false');
  await ready(server);
  let answered = 0;
  const flood = Array.from({length: 100}, () =>
    ask('count', '5000').then(({status}) => void (status === 200 && answered++)),
  );
  await until(
    async () => answered,
    count => count > 0,
  );
  const other = await post(`${server.url}/v1/models/mixed:predict`, '{"instances": [{"number": [1, 2], "text": "a"}]}');
  expect(other.status).toBe(200);
  expect(answered).toBeLessThan(60);
  await Promise.all(flood);
  expect(answered).toBe(100);
}, 120_000);
