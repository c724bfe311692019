import {execFileSync} from 'node:child_process';
import {readdir, rm, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {listVersions} from './lineage/volume.js';
import {until} from './testing/fixtures.js';
import {TestPlatform, end, ending} from './testing/platform.js';
import {stageModel} from './testing/staged-model.js';

let platform: TestPlatform;

async function predict(x: readonly number[]): Promise<unknown> {
  const answer = await fetch(`${platform.restUrl}/v1/models/sums:predict`, {
    method: 'POST',
    body: JSON.stringify({instances: [x]}),
  });
  return ((await answer.json()) as {predictions?: unknown}).predictions;
}

describe('with a server', () => {
  beforeAll(async () => {
    platform = await TestPlatform.start();
    await platform.startServing();
  });
  afterAll(() => platform.stop());

  test('a staged model goes live, its curl works, and the next one takes over', async () => {
    const worker = platform.startWorker();
    await stageModel(platform.stagingDir, 'first', {factor: 2});
    const first = await platform.settled((await platform.deploy('sums', 'first')).id);
    expect(first).toMatchObject({state: 'live', version: 1, failure: null, notebook: 'gold.ipynb', requestedBy: 'ann'});
    expect(Object.keys(first.reached)).toEqual(['queued', 'checking', 'publishing', 'loading', 'verifying', 'live']);
    expect(first.log.map(({text}) => text).join('\n')).toMatch(
      /Replayed 2 golden samples[^]*Published as version 1[^]*Live/,
    );
    const answer = execFileSync('sh', ['-c', `${first.endpoint?.curl} -s`], {encoding: 'utf8'});
    expect(JSON.parse(answer)).toEqual({predictions: [[12]]});

    await stageModel(platform.stagingDir, 'second', {factor: 3});
    const second = await platform.settled((await platform.deploy('sums', 'second')).id);
    expect(second).toMatchObject({state: 'live', version: 2});
    expect(await predict([1, 2, 3])).toEqual([[18]]);

    const models: unknown = await (await platform.call('GET', '/api/models')).json();
    expect(models).toMatchObject([
      {
        name: 'sums',
        title: 'Sums of three',
        versions: [
          {version: 2, live: true, state: 'AVAILABLE', notebook: 'gold.ipynb', metrics: {mase: 0.9}},
          {version: 1, live: false},
        ],
      },
    ]);
    expect(await end(worker, 'SIGTERM')).toBe(0);
  });

  test('golden samples that are wrong leave the live version live', async () => {
    const worker = platform.startWorker();
    const before = await listVersions(platform.modelsDir, 'sums');
    await stageModel(platform.stagingDir, 'wrong', {
      factor: 100,
      golden: golden => ({
        ...golden,
        samples: golden.samples.map(sample => ({
          ...sample,
          outputs: {y: {dtype: 'float32', shape: [1, 1], values: [5]}},
        })),
      }),
    });
    const failed = await platform.settled((await platform.deploy('sums', 'wrong')).id);
    expect(failed.state).toBe('failed');
    expect(failed.failure?.reason).toMatch(/Golden sample 1, output "y": value 0 is 600, the notebook had 5/);
    expect(await listVersions(platform.modelsDir, 'sums')).toEqual(before);
    expect(await predict([1, 2, 3])).toEqual([[18]]);
    // What was staged stays for inspection, and can be tried again once it is mended.
    await stageModel(platform.stagingDir, 'wrong', {factor: 4});
    expect((await platform.call('POST', `/api/deployments/${failed.id}/retry`)).status).toBe(202);
    expect(await platform.settled(failed.id)).toMatchObject({state: 'live', failure: null});
    expect(await predict([1, 2, 3])).toEqual([[24]]);
    await end(worker, 'SIGKILL');
  });

  test('of two deployments of one model the later one answers, with two workers racing', async () => {
    const workers = [platform.startWorker(), platform.startWorker()];
    const ids: string[] = [];
    for (let i = 1; i <= 4; i++) {
      await stageModel(platform.stagingDir, `race-${i}`, {factor: 10 * i});
      ids.push((await platform.deploy('sums', `race-${i}`)).id);
    }
    const settled = await Promise.all(ids.map(id => platform.settled(id)));
    const versions = settled.map(({version}) => Number(version));
    expect(versions).toEqual([...versions].sort((a, b) => a - b));
    expect(new Set(versions).size).toBe(4);
    expect(settled[3]).toMatchObject({state: 'live'});
    // One that was overtaken before the server loaded it says so; none has another failure.
    for (const {state, failure} of settled)
      expect([state, failure?.reason ?? '']).toEqual(
        state === 'live' ? ['live', ''] : ['failed', expect.stringContaining('took its place')],
      );
    expect(await predict([1, 1, 1])).toEqual([[120]]);
    await Promise.all(workers.map(worker => end(worker, 'SIGKILL')));
  });

  test('a worker that is killed at any step costs nothing: another one finishes it, once', async () => {
    const steps = ['checked', 'replayed', 'copied', 'claimed', 'written', 'renamed', 'loaded', 'verified'];
    for (const step of steps) {
      await stageModel(platform.stagingDir, `killed-${step}`, {name: step, factor: 7});
      const doomed = platform.startWorker({INGOT_TEST_DIE_AT: step});
      const dead = ending(doomed);
      await platform.deploy(step, `killed-${step}`);
      await dead;
      expect(doomed.signalCode).toBe('SIGKILL');
    }
    const worker = platform.startWorker();
    for (const step of steps) {
      expect([step, await platform.settled(`deploy-killed-${step}`)]).toMatchObject([
        step,
        {state: 'live', version: 1},
      ]);
      expect(await listVersions(platform.modelsDir, step)).toEqual([1]);
    }
    await end(worker, 'SIGKILL');
  }, 120_000);

  test('a worker that is told to stop leaves its deployment to the next one at once', async () => {
    await stageModel(platform.stagingDir, 'handed-over', {factor: 8});
    const worker = platform.startWorker();
    const {id} = await platform.deploy('sums', 'handed-over');
    for (;;) if ((await platform.deployment(id)).state !== 'queued') break;
    expect(await end(worker, 'SIGTERM')).toBe(0);
    expect(await platform.deployment(id)).toMatchObject({failure: null});
    const next = platform.startWorker();
    expect(await platform.settled(id)).toMatchObject({state: 'live'});
    await end(next, 'SIGKILL');
  });

  test('a cancelled deployment publishes nothing, and can be tried again', async () => {
    await stageModel(platform.stagingDir, 'unwanted', {factor: 6});
    const before = await listVersions(platform.modelsDir, 'sums');
    const {id} = await platform.deploy('sums', 'unwanted');
    expect((await platform.call('POST', `/api/deployments/${id}/cancel`, {requestedBy: 'bob'})).status).toBe(202);
    const worker = platform.startWorker();
    const cancelled = await platform.settled(id);
    expect(cancelled).toMatchObject({state: 'failed', version: null});
    expect(cancelled.failure?.reason).toBe('Cancelled by bob. Nothing was changed.');
    expect(await listVersions(platform.modelsDir, 'sums')).toEqual(before);
    await platform.call('POST', `/api/deployments/${id}/retry`);
    expect(await platform.settled(id)).toMatchObject({state: 'live'});
    const late = await platform.call('POST', `/api/deployments/${id}/cancel`);
    expect([late.status, await late.json()]).toMatchObject([409, {error: {code: 'too_late_to_cancel'}}]);
    await end(worker, 'SIGKILL');
  });

  test('a version that the server cannot load is told in its words', async () => {
    const worker = platform.startWorker();
    await stageModel(platform.stagingDir, 'torn', {factor: 9});
    // Torn after it was published, before the server looks: a disk that lost a file.
    const tear = setInterval(() => {
      void listVersions(platform.modelsDir, 'torn').then(([version]) =>
        version === undefined
          ? undefined
          : rm(path.join(platform.modelsDir, 'torn', String(version), 'saved_model.pb'), {force: true}),
      );
    }, 1);
    await stageModel(platform.stagingDir, 'torn', {name: 'torn', factor: 9});
    const failed = await platform.settled((await platform.deploy('torn', 'torn')).id);
    clearInterval(tear);
    expect(failed.state).toBe('failed');
    expect(failed.failure?.reason).toMatch(/could not load version 1: /);
    await end(worker, 'SIGKILL');
  });
});

describe('what is kept', () => {
  beforeAll(async () => {
    platform = await TestPlatform.start();
    await platform.startServing();
  });
  afterAll(() => platform.stop());

  test('who had what deployed is told by the audit trail, and how long it took by the figures', async () => {
    const worker = platform.startWorker();
    await stageModel(platform.stagingDir, 'kept');
    await platform.settled((await platform.deploy('sums', 'kept')).id);
    const main = fileURLToPath(new URL('./main.js', import.meta.url));
    const read = (): string => execFileSync(process.execPath, [main, 'audit'], {env: platform.env, encoding: 'utf8'});
    await until('the end is written', async () => /live/.test(read()));
    expect(read()).toMatch(
      /^\S+ requested sums by ann \(deploy-kept\)\n\S+ published sums version 1 by ann .*\n\S+ live +sums version 1/,
    );
    const figures = await until('it is counted', async () => {
      const text = await (await platform.call('GET', '/metrics')).text();
      return /result="live"\} 1/.test(text) ? text : null;
    });
    expect(figures).toMatch(/^ingot_deployment_stage_seconds_count\{stage="checking"\} 1$/m);
    expect(figures).toMatch(/^ingot_deployer_workers 1$/m);
    await end(worker, 'SIGKILL');
  });
});

describe('without a server', () => {
  beforeAll(async () => {
    platform = await TestPlatform.start({INGOT_LOAD_TIMEOUT_MS: '1500'});
  });
  afterAll(() => platform.stop());

  test('the version is published, the failure says what is missing, and trying again verifies it', async () => {
    const worker = platform.startWorker();
    await stageModel(platform.stagingDir, 'alone');
    const failed = await platform.settled((await platform.deploy('sums', 'alone')).id);
    expect(failed).toMatchObject({state: 'failed', version: 1});
    expect(failed.failure?.reason).toMatch(/Version 1 is published, but was not live after 1.5 s: .*ECONNREFUSED/);
    await platform.startServing();
    await until('the server has loaded it', async () =>
      /AVAILABLE/.test(await (await fetch(`${platform.restUrl}/v1/models/sums`)).text()),
    );
    await platform.call('POST', `/api/deployments/${failed.id}/retry`);
    expect(await platform.settled(failed.id)).toMatchObject({state: 'live', version: 1});
    expect(await readdir(path.join(platform.modelsDir, 'sums'))).toEqual(expect.arrayContaining(['1', '.numbers']));
    await end(worker, 'SIGKILL');
  });

  test('a flipped bit, a link and a missing file are refused by name', async () => {
    const worker = platform.startWorker();
    const damage: Record<string, [(dir: string) => Promise<void>, RegExp]> = {
      flipped: [
        dir => writeFile(path.join(dir, 'assets.extra', 'contract.json'), '{}'),
        /assets.extra\/contract.json .* has 2 bytes instead of/,
      ],
      missing: [dir => rm(path.join(dir, 'saved_model.pb')), /has no "saved_model.pb"/],
      stranger: [dir => writeFile(path.join(dir, 'run.sh'), ''), /"run.sh" has no place/],
    };
    for (const [name, [harm, reason]] of Object.entries(damage)) {
      await harm(await stageModel(platform.stagingDir, name));
      const failed = await platform.settled((await platform.deploy('sums', name)).id);
      expect([failed.state, failed.version]).toEqual(['failed', null]);
      expect(failed.failure?.reason).toMatch(reason);
    }
    await end(worker, 'SIGKILL');
  });
});
