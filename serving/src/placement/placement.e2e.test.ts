import {execFile} from 'node:child_process';
import {readFile, readdir} from 'node:fs/promises';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import {order, startOver} from '../testing/admin.js';
import {PYTHON} from '../testing/models.js';
import {get, post, ready, states, until, type Answer, type RunningServer} from '../testing/server.js';
import {HALF_PLUS, testVolume, type TestVolume} from '../testing/volume.js';

/** A second of turns of a loop, or many on a busy machine. */
const LONG = '200000';

const run = promisify(execFile);
let volume: TestVolume;
let server: RunningServer;

beforeAll(async () => {
  volume = await testVolume();
  await volume.publish('half', 1, HALF_PLUS[3]);
  await volume.publish('moody', 1, 'moody/1');
}, 180_000);
afterEach(() => server.stop('SIGKILL'));
afterAll(() => volume.remove());

async function start(models: object): Promise<void> {
  await volume.setOptions(models);
  server = await startOver(volume, `--model_options_file=${volume.optionsFile}`);
}

const ask = (): Promise<Answer> => post(`${server.url}/v1/models/half:predict`, '{"instances": [2]}');
const copiesOf = async (model: string) => (await order(server, `GET models/${model}`)).model.versions[0]?.copies ?? [];

/** The engines below the server, and what their environment says of devices. */
async function engines(): Promise<Map<number, string>> {
  const found = new Map<number, string>();
  for (const pid of (await readdir('/proc')).filter(name => /^\d+$/.test(name))) {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    if (!stat.includes(`(ingot-engine)`) || stat.split(' ')[3] !== String(server.process.pid)) continue;
    const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
    found.set(Number(pid), /CUDA_VISIBLE_DEVICES=([^\0]*)/.exec(environment)?.[1] ?? '');
  }
  return found;
}

test('copies run beside each other in engines of their own; while one is down, the others answer', async () => {
  await start({moody: {copies: 2, devices: ['cpu'], threads: {intra: 1, inter: 2}}});
  const copy = {device: 'cpu', intra_op_threads: 1, inter_op_threads: 2, ready: true, running: 0};
  // It is run before anybody asks it.
  const idle = await until(
    () => copiesOf('moody'),
    copies => copies.every(({running}) => running === 0),
  );
  expect(idle).toEqual([copy, copy]);
  expect(await copiesOf('half')).toEqual([{...copy, device: 'auto', intra_op_threads: null, inter_op_threads: null}]);
  const config = JSON.parse((await get(`${server.url}/v2/models/moody/config`)).text) as {instance_group: object};
  expect(config.instance_group).toEqual([{name: 'moody_0', kind: 'KIND_CPU', count: 2, gpus: []}]);
  // Those two, which see no GPU, and the one that models without options share.
  const pids = [...(await engines())].filter(([, visible]) => visible === '-1').map(([pid]) => pid);
  expect([pids.length, (await engines()).size]).toEqual([2, 3]);

  const url = `${server.url}/v1/models/moody:predict`;
  const long = `{"signature_name": "count", "instances": [${LONG}]}`;
  const running = [post(url, long), post(url, long)];
  await until(
    () => copiesOf('moody'),
    copies => copies.every(each => each.running === 1),
  );
  const [killed = 0] = pids;
  process.kill(killed, 'SIGKILL');
  expect((await post(url, '{"instances": [1]}')).status).toBe(200);
  expect((await Promise.all(running)).map(({status}) => status)).toEqual([200, 200]);
  await until(
    () => copiesOf('moody'),
    copies => copies.every(each => each.ready),
  );
  const {text} = await get(`${server.url}/metrics`);
  expect(text).toContain('ingot_model_copies{model="moody",version="1",device="cpu",state="ready"} 2\n');
  expect(text).toContain('ingot_engine_losses_total{reason="SIGKILL"} 1\n');
}, 120_000);

test('a model that is to be exact runs without oneDNN, the others with it', async () => {
  await start({half: {exact: true}});
  expect((await ask()).status).toBe(200);
  const settings = await Promise.all(
    [...(await engines()).keys()].map(
      async pid => /TF_ENABLE_ONEDNN_OPTS=([^\0]*)/.exec(await readFile(`/proc/${pid}/environ`, 'utf8'))?.[1],
    ),
  );
  expect(settings.sort()).toEqual(['0', process.env['TF_ENABLE_ONEDNN_OPTS']]);
}, 60_000);

test('a change of the file moves a model while it answers; one that makes no sense changes nothing', async () => {
  await start({});
  const wrong: Answer[] = [];
  let asking = true;
  const client = async (): Promise<void> => {
    while (asking) {
      const answer = await ask();
      if (answer.status !== 200) wrong.push(answer);
    }
  };
  const clients = [client(), client()];
  for (const copies of [3, 1]) {
    await volume.setOptions({half: {copies, threads: 1}});
    await until(
      () => copiesOf('half'),
      all => all.length === copies && all.every(each => each.intra_op_threads === 1),
    );
  }
  // Engines that nobody uses any more end: one for the model, one for those without options.
  await until(engines, ({size}) => size === 2);
  await volume.setOptions({half: {copies: 0}});
  await until(
    async () => server.log(),
    log => log.includes(`${volume.optionsFile}: /models/half/copies must be >= 1; the options stay as they are`),
  );
  asking = false;
  await Promise.all(clients);
  expect(wrong).toEqual([]);
  expect(await copiesOf('half')).toHaveLength(1);
}, 120_000);

test('a profile has what the engines of their own compute, too', async () => {
  // The client asks this one.
  const name = 'saved_model_half_plus_three';
  await volume.publish(name, 1, HALF_PLUS[4]);
  await start({[name]: {threads: 1}});
  const client = fileURLToPath(new URL('../../testing/profiler_client.py', import.meta.url));
  const {stdout} = await run(PYTHON, [client, server.grpcAddress, join(volume.root, '.profile')]);
  const [found = '', last] = stdout.trim().split('\n').slice(-2);
  expect(last).toBe('ok');
  expect(found).toMatch(/^2 .*\.auto-1-threads-in-an-op-1-ops-at-once-copy-1\.xplane\.pb$/);
}, 120_000);

test('a device that is not there is said with those that are, and the other models are served', async () => {
  await volume.setOptions({moody: {devices: ['gpu:99']}});
  server = await startOverLoose();
  await until(
    () => states(server, 'half'),
    found => found['1'] === 'AVAILABLE',
  );
  const {text} = await until(
    () => get(`${server.url}/v1/models/moody`),
    answer => answer.text.includes('END'),
  );
  expect(text).toMatch(/moody is to run on gpu:99, but TensorFlow finds only cpu[^"]* on this machine/);
  expect((await ask()).status).toBe(200);
}, 120_000);

/** Without waiting for all models. */
async function startOverLoose(): Promise<RunningServer> {
  const {startAdministered} = await import('../testing/admin.js');
  return startAdministered(
    join(volume.root, '.state'),
    `--model_root=${volume.root}`,
    `--model_options_file=${volume.optionsFile}`,
  );
}

test('a file that makes no sense stops the start, and says where', async () => {
  await volume.setOptions({half: {devices: ['tpu']}});
  await expect(startOverLoose()).rejects.toThrow('/models/half/devices/0 must be "cpu", or "gpu:" and a number');
  await start({});
  await ready(server);
}, 60_000);
