import {execFileSync} from 'node:child_process';
import {mkdir, rename, rm} from 'node:fs/promises';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import type {ChildProcess} from 'node:child_process';
import {until} from './testing/fixtures.js';
import {TestPlatform, end, ending} from './testing/platform.js';
import {stageModel} from './testing/staged-model.js';

let platform: TestPlatform;
let serving: ChildProcess;

beforeAll(async () => {
  platform = await TestPlatform.start({INGOT_LOAD_TIMEOUT_MS: '8000'});
  serving = await platform.startServing();
}, 60_000);
afterAll(() => platform.stop());

/** What the model answers to [1, 1, 1]: three times its factor. */
async function answer(model: string): Promise<number | undefined> {
  const response = await fetch(`${platform.restUrl}/v1/models/${model}:predict`, {
    method: 'POST',
    body: JSON.stringify({instances: [[1, 1, 1]]}),
  });
  return ((await response.json()) as {predictions?: number[][]}).predictions?.[0]?.[0];
}

/** Deploys a model whose version N answers 3 * N. */
async function deploy(model: string, version: number): Promise<void> {
  await stageModel(platform.stagingDir, `${model}-${version}`, {name: model, factor: version});
  const {id} = await platform.deploy(model, `${model}-${version}`);
  expect(await platform.settled(id)).toMatchObject({state: 'live', version});
}

/** A version that somebody copied into the volume, which the deployer knows nothing of. */
async function copyIn(model: string, version: number): Promise<void> {
  await stageModel(platform.stagingDir, `${model}-${version}`, {name: model, factor: version});
  await mkdir(path.join(platform.modelsDir, model), {recursive: true});
  await rename(
    path.join(platform.stagingDir, `${model}-${version}`),
    path.join(platform.modelsDir, model, `${version}`),
  );
}

/** What the server was told of a model. */
async function controlled(model: string): Promise<unknown> {
  const {INGOT_SERVING_ADMIN_PORT: port, INGOT_SERVING_TOKEN: token = ''} = platform.env;
  const url = `http://127.0.0.1:${port}/admin/models/${model}`;
  return (await fetch(url, {headers: {'x-ingot-token': token}})).json();
}

test('going back is one call, holds over a restart of the server, and ends with the next deployment', async () => {
  const worker = platform.startWorker();
  await deploy('sums', 1);
  await deploy('sums', 2);
  expect(await answer('sums')).toBe(6);

  const back = await platform.settled((await platform.goTo('sums', 1)).id);
  expect(back).toMatchObject({state: 'live', staged: null, version: 1, requestedBy: 'bob', failure: null});
  expect(Object.keys(back.reached)).toEqual(['queued', 'loading', 'verifying', 'live']);
  expect(back.log.map(({text}) => text).join('\n')).toMatch(
    /version 2 answers[^]*Asked version 1[^]*Pinned:[^]*What version 2 answered[^]*Live: version 1/,
  );
  expect(await answer('sums')).toBe(3);
  expect(await platform.model('sums')).toMatchObject({
    pinned: 1,
    versions: [
      {version: 2, live: false, state: 'AVAILABLE', publishedBy: 'ann'},
      {version: 1, live: true, state: 'AVAILABLE'},
    ],
  });
  const curl = execFileSync('sh', ['-c', `${back.endpoint?.curl} -s`], {encoding: 'utf8'});
  expect(JSON.parse(curl)).toEqual({predictions: [[6]]});

  await end(serving, 'SIGKILL');
  serving = await platform.startServing();
  await until('it answers again', async () => (await answer('sums')) === 3);

  await stageModel(platform.stagingDir, 'sums-3', {name: 'sums', factor: 3});
  const third = await platform.settled((await platform.deploy('sums', 'sums-3')).id);
  expect(third).toMatchObject({state: 'live', version: 3});
  expect(third.log.map(({text}) => text)).toContain(
    'Somebody had gone back to version 1: its pin is taken away, version 3 answers.',
  );
  expect(await answer('sums')).toBe(9);
  expect(await platform.model('sums')).toMatchObject({pinned: null, versions: [{version: 3, live: true}, {}, {}]});
  // What was kept loaded for it is let go.
  await until('version 1 is unloaded', async () => (await platform.model('sums'))?.versions[2]?.state === 'END');

  const main = fileURLToPath(new URL('./main.js', import.meta.url));
  const trail = execFileSync(process.execPath, [main, 'audit'], {env: platform.env, encoding: 'utf8'});
  expect(trail).toMatch(
    /requested sums version 1 by bob[^]*pinned +sums version 1 by bob[^]*live +sums version 1[^]*unpinned +sums version 1 by ann/,
  );
  await end(worker, 'SIGKILL');
}, 120_000);

test('going forward to the newest takes the pin away', async () => {
  const worker = platform.startWorker();
  await platform.settled((await platform.goTo('sums', 2)).id);
  expect(await answer('sums')).toBe(6);
  const forward = await platform.settled((await platform.goTo('sums', 3)).id);
  expect(forward).toMatchObject({state: 'live', version: 3});
  expect(forward.log.map(({text}) => text)).toContain(
    'The pin on version 2 is taken away: the newest version answers.',
  );
  expect(await answer('sums')).toBe(9);
  expect(await platform.model('sums')).toMatchObject({pinned: null});
  await end(worker, 'SIGKILL');
});

test('a version that no longer loads cannot be gone back to, and nothing changes', async () => {
  const worker = platform.startWorker();
  await copyIn('torn', 1);
  await copyIn('torn', 2);
  await until('it is served', async () => (await answer('torn')) === 6);
  await rm(path.join(platform.modelsDir, 'torn', '1', 'saved_model.pb'));
  const failed = await platform.settled((await platform.goTo('torn', 1)).id);
  expect(failed.state).toBe('failed');
  expect(failed.failure?.reason).toMatch(/The model server refused: Version 1 of torn cannot be served: /);
  expect(await answer('torn')).toBe(6);
  expect(await platform.model('torn')).toMatchObject({pinned: null, versions: [{live: true}, {live: false}]});
  await rm(path.join(platform.modelsDir, 'torn', '1'), {recursive: true});
  await platform.call('POST', `/api/deployments/${failed.id}/retry`);
  const gone = await until('it is tried again', async () => {
    const {state, failure} = await platform.deployment(failed.id);
    return state === 'failed' ? failure : null;
  });
  expect(gone).toEqual({
    reason: 'Version 1 of "torn" is not there any more.',
    remedy: 'Go back to one that is: 2.',
  });
  await end(worker, 'SIGKILL');
});

test('what was asked for last is so in the end, whatever was asked for before it', async () => {
  for (const version of [4, 5]) {
    await stageModel(platform.stagingDir, `sums-${version}`, {name: 'sums', factor: version});
  }
  const ids = [
    (await platform.deploy('sums', 'sums-4')).id,
    (await platform.goTo('sums', 1)).id,
    (await platform.deploy('sums', 'sums-5')).id,
    (await platform.goTo('sums', 2)).id,
  ];
  const workers = [platform.startWorker(), platform.startWorker()];
  const settled = await Promise.all(ids.map(id => platform.settled(id)));
  expect(settled.map(({state, version}) => [state, version])).toEqual([
    ['live', 4],
    ['live', 1],
    ['live', 5],
    ['live', 2],
  ]);
  expect(await answer('sums')).toBe(6);
  expect(await platform.model('sums')).toMatchObject({pinned: 2});
  await Promise.all(workers.map(worker => end(worker, 'SIGKILL')));
}, 120_000);

test('a worker that is killed at any step costs nothing: another one finishes it', async () => {
  const steps = ['loaded', 'verified', 'pinned'];
  const ids: string[] = [];
  for (const model of steps) {
    await copyIn(model, 1);
    await copyIn(model, 2);
    const doomed = platform.startWorker({INGOT_TEST_DIE_AT: model});
    const dead = ending(doomed);
    ids.push((await platform.goTo(model, 1)).id);
    await dead;
    expect(doomed.signalCode).toBe('SIGKILL');
  }
  const worker = platform.startWorker();
  for (const [index, model] of steps.entries()) {
    expect(await platform.settled(ids[index] ?? '')).toMatchObject({state: 'live', model, version: 1});
    expect(await answer(model)).toBe(3);
    // What kept the version loaded while it was asked is taken away.
    expect(await controlled(model)).toMatchObject({pinned_version: '1', labels: {}, held_versions: []});
  }
  await end(worker, 'SIGKILL');
}, 120_000);

test('without the token a worker says what it lacks, and a pin is not passed over', async () => {
  const worker = platform.startWorker({INGOT_SERVING_TOKEN: ''});
  const back = await platform.settled((await platform.goTo('pinned', 2)).id);
  expect(back.failure?.reason).toMatch(/INGOT_SERVING_TOKEN is not set/);
  await stageModel(platform.stagingDir, 'pinned-3', {name: 'pinned', factor: 3});
  const next = await platform.settled((await platform.deploy('pinned', 'pinned-3')).id);
  expect(next).toMatchObject({state: 'failed', version: 3});
  expect(next.failure?.reason).toMatch(/Version 3 is published, but version 1 is pinned and goes on answering/);
  expect(await answer('pinned')).toBe(3);
  await end(worker, 'SIGKILL');

  const wrong = platform.startWorker({INGOT_SERVING_TOKEN: 'a-token-of-somebody-else'});
  const refused = await platform.settled((await platform.goTo('pinned', 2)).id);
  expect(refused.failure?.reason).toBe('The model server does not know the token of this worker.');
  await end(wrong, 'SIGKILL');
});

test('while the server is away, going back waits for it, then gives up and says so', async () => {
  await end(serving, 'SIGKILL');
  const worker = platform.startWorker();
  const {id} = await platform.goTo('sums', 3);
  const failed = await platform.settled(id);
  expect(failed.failure?.reason).toMatch(/Version 3 was not loaded after 8 s: .*ECONNREFUSED.* Nothing was changed/);
  serving = await platform.startServing();
  await platform.call('POST', `/api/deployments/${id}/retry`);
  await until('it is live', async () => (await platform.deployment(id)).state === 'live');
  expect(await answer('sums')).toBe(9);
  await end(worker, 'SIGKILL');
});
