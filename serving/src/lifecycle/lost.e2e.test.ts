import {cp, mkdir, open, rename, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {writeChecksums} from '@ingot/tensorflow/contract';
import {order} from '../testing/admin.js';
import {serveHalf} from '../testing/half.js';
import {testModels} from '../testing/models.js';
import {enginePid, get, post, ready, states, until, type Answer} from '../testing/server.js';
import {HALF_PLUS} from '../testing/volume.js';

const half = serveHalf();

const folder = (version: number): string => join(half.volume.root, 'half', String(version));
const ask = (path = 'half'): Promise<Answer> => post(`${half.server.url}/v1/models/${path}:predict`, '{"inputs": 2}');

async function flipBit(): Promise<void> {
  const file = await open(join(folder(2), 'variables/variables.data-00000-of-00001'), 'r+');
  await file.write(Buffer.from([0xff]), 0, 1, 3);
  await file.close();
}

/** Waits until the server has found out that version 2 cannot be loaded again. */
async function lost(): Promise<void> {
  await until(
    () => states(half.server, 'half'),
    found => found['2'] === 'END',
  );
}

async function killEngine(): Promise<void> {
  process.kill(await enginePid(half.server), 'SIGKILL');
  await lost();
}

test.each([
  [
    'changed in place',
    'have been changed since this version was checked',
    async () => {
      await cp(join(await testModels(), HALF_PLUS[3]), folder(2), {recursive: true});
    },
  ],
  ['of which a bit was flipped', 'other content than when it was written', flipBit],
  [
    'of which one vanished',
    'have been changed since this version was checked',
    () => rm(join(folder(2), 'variables/variables.index')),
  ],
])(
  'a new engine never loads files %s: everybody is told, until they are put back',
  async (what, reason, spoil) => {
    // Published anew, since a version that brings checksums is checked by them.
    if (what.includes('bit')) {
      await half.volume.publish('half', 3, HALF_PLUS[4], async incoming => {
        await mkdir(join(incoming, 'assets.extra'));
        await writeChecksums(incoming);
      });
      await rename(folder(2), join(half.volume.root, 'half/.2'));
      await rename(folder(3), folder(2));
      await half.server.stop();
      await half.start();
    }
    const copy = join(half.volume.root, '.copy');
    await cp(folder(2), copy, {recursive: true, preserveTimestamps: true});
    await spoil();
    expect(await half.answer()).toBe(4);
    await killEngine();

    const {status, text, headers} = await ask();
    expect([status, headers.get('retry-after')]).toEqual([503, '1']);
    expect(text).toContain(reason);
    expect((await ask('half/versions/2')).text).toContain(reason);
    expect((await ask('half/versions/1')).status).toBe(404);
    const {url} = half.server;
    expect((await get(`${url}/v1/models/half/versions/2`)).text).toMatch(
      /"state": "END",[^]*"error_code": "DATA_LOSS",[^]*"error_message": "/,
    );
    expect((await get(`${url}/readyz`)).status).toBe(503);
    const v2 = await get(`${url}/v2/models/half/ready`);
    expect([v2.status, v2.text]).toEqual([503, expect.stringContaining(reason)]);
    expect((await get(`${url}/metrics`)).text).toContain(
      'ingot_model_version_state{model="half",version="2",state="END"} 1',
    );
    expect((await order(half.server, 'GET models/half')).model).toMatchObject({
      live_version: null,
      ready: false,
      versions: [{version: '2', state: 'END', error: {code: 'DATA_LOSS', message: expect.stringContaining(reason)}}],
    });
    expect(half.server.log()).toContain('ERROR half/2 is served no more: ');

    await rm(folder(2), {recursive: true});
    await rename(copy, folder(2));
    await ready(half.server);
    expect(await half.answer()).toBe(4);
  },
  60_000,
);

test('what an engine cannot load again leaves its requests to an older version that is wanted as well', async () => {
  await order(half.server, 'POST models/half/load', {version: 1});
  await rm(join(folder(2), 'saved_model.pb'));
  await killEngine();
  expect(await half.answer()).toBe(3);
  expect((await ask('half/versions/2')).status).toBe(503);
  expect((await get(`${half.server.url}/readyz`)).status).toBe(503);
}, 60_000);

test('where only the newest version is wanted, an older one takes over in one call', async () => {
  await rm(join(folder(2), 'saved_model.pb'));
  await killEngine();
  expect((await order(half.server, 'PUT models/half/pin', {version: 2})).error.code).toBe('load_failed');
  expect((await order(half.server, 'PUT models/half/pin', {version: 1})).model.live_version).toBe('1');
  expect(await half.answer()).toBe(3);
}, 60_000);

test('what a new engine cannot load for want of its folder is loaded when that is back, however long it was away', async () => {
  await order(half.server, 'PUT models/half/pin', {version: 2});
  const away = join(half.volume.root, 'half/.away');
  await rename(folder(2), away);
  await order(half.server, 'POST rescan');
  expect(await half.answer()).toBe(4);
  await killEngine();
  expect((await ask()).text).toContain('There is no folder of files');
  await rename(away, folder(2));
  await ready(half.server);
  expect(await half.answer()).toBe(4);
}, 60_000);

test('a model that rests and cannot come back is listed as lost, and comes back once it can', async () => {
  await half.server.stop();
  await half.volume.publish('other', 1, HALF_PLUS[3]);
  await half.start('--model_memory_budget_mb=1');
  expect(await half.answer()).toBe(4);
  expect(await half.answer('other')).toBe(3);
  const away = join(half.volume.root, '.away.pb');
  await rename(join(folder(2), 'saved_model.pb'), away);
  expect((await ask()).status).toBe(503);
  await lost();
  expect((await ask()).text).toContain('have been changed since this version was checked');
  expect(await half.answer('other')).toBe(3);
  await rename(away, join(folder(2), 'saved_model.pb'));
  await ready(half.server);
  expect(await half.answer()).toBe(4);
}, 60_000);
