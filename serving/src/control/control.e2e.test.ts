import {execFile} from 'node:child_process';
import {rm, symlink} from 'node:fs/promises';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import {TOKEN, order} from '../testing/admin.js';
import {serveHalf} from '../testing/half.js';
import {get, post, startServer, states, until} from '../testing/server.js';
import {HALF_PLUS} from '../testing/volume.js';

const run = promisify(execFile);
const MAIN = fileURLToPath(new URL('../main.js', import.meta.url));

const half = serveHalf();

test('a pin brings an older version back in one call, holds over a restart and a newer version, and can be seen', async () => {
  expect(await half.answer()).toBe(4);
  const {status, model} = await order(half.server, 'PUT models/half/pin', {version: 1});
  expect(status).toBe(200);
  expect(model).toMatchObject({live_version: '1', pinned_version: '1', ready: true});
  expect(await half.answer()).toBe(3);
  expect(await half.answer('half/versions/2')).toBe(4);

  await half.server.stop();
  await half.volume.publish('half', 3, HALF_PLUS[4]);
  await half.start();
  expect(await half.answer()).toBe(3);
  expect(await states(half.server, 'half')).toMatchObject({1: 'AVAILABLE', 3: 'AVAILABLE'});
  expect(half.server.log()).toContain('half is pinned to version 1');
  expect((await get(`${half.server.url}/metrics`)).text).toContain('ingot_model_pinned{model="half",version="1"} 1');
  const list = JSON.parse((await get(`${half.server.url}/v1/models`, {accept: 'application/json'})).text) as object;
  expect(list).toMatchObject({models: [{name: 'half', live_version: '1', pinned_version: '1'}]});

  expect((await order(half.server, 'DELETE models/half/pin')).model).toMatchObject({
    live_version: '3',
    pinned_version: null,
  });
  expect(await half.answer()).toBe(4);
  await until(
    () => states(half.server, 'half'),
    found => found['1'] === 'END',
  );
});

test('a pin to a version that is missing or broken changes nothing', async () => {
  expect(await order(half.server, 'PUT models/half/pin', {version: '7'})).toMatchObject({
    status: 404,
    error: {code: 'no_such_version'},
  });
  await rm(join(half.volume.root, 'half/1/saved_model.pb'));
  const {status, error} = await order(half.server, 'PUT models/half/pin', {version: '1'});
  expect({status, code: error.code}).toEqual({status: 409, code: 'load_failed'});
  expect(error.message).toContain('SavedModel .pb');
  expect((await order(half.server, 'GET models/half')).model).toMatchObject({live_version: '2', pinned_version: null});
  expect(await half.answer()).toBe(4);
});

test('an order that takes too long is given up whole; orders at once end as one of them', async () => {
  expect(await order(half.server, 'PUT models/half/pin?timeout_ms=1', {version: 1})).toMatchObject({
    status: 504,
    error: {code: 'not_in_time'},
  });
  expect((await order(half.server, 'GET models/half')).model).toMatchObject({live_version: '2', pinned_version: null});
  await until(
    () => states(half.server, 'half'),
    found => found['1'] === undefined || found['1'] === 'END',
  );

  const versions = [1, 2, 1, 2, 1, 2];
  const answers = await Promise.all(versions.map(version => order(half.server, 'PUT models/half/pin', {version})));
  // Each answer shows its own order carried out, or one that came after it.
  expect(answers.map(({status}) => status)).toEqual(versions.map(() => 200));
  const {model} = await order(half.server, 'GET models/half');
  expect(model.live_version).toBe(model.pinned_version);
  expect(await half.answer()).toBe(model.pinned_version === '1' ? 3 : 4);
});

test('nothing answers in place of a pinned version: it outlives its folder, and is missed after a restart', async () => {
  await order(half.server, 'PUT models/half/pin', {version: 1});
  await rm(join(half.volume.root, 'half/1'), {recursive: true});
  await order(half.server, 'POST rescan');
  expect(await half.answer()).toBe(3);
  await half.server.stop();
  await half.startUnready();
  await until(
    () => states(half.server, 'half'),
    found => found['2'] === 'AVAILABLE',
  );
  const {status, text} = await post(`${half.server.url}/v1/models/half:predict`, '{"inputs": 2}');
  expect(status).toBe(404);
  expect(text).toContain('pinned to this version');
  expect((await get(`${half.server.url}/readyz`)).status).toBe(503);
});

test('a label loads its version, may be there before it, and moves only to what is loaded', async () => {
  const {model} = await order(half.server, 'PUT models/half/labels/stable', {version: 1});
  expect(model.labels).toEqual({stable: '1'});
  expect(await half.answer('half/labels/stable')).toBe(3);

  expect((await order(half.server, 'PUT models/half/labels/next', {version: 3})).status).toBe(200);
  expect(await half.answer('half/labels/next')).toBe(404);
  await half.volume.publish('half', 3, HALF_PLUS[4]);
  await until(
    () => half.answer('half/labels/next'),
    found => found === 4,
  );
  expect(await order(half.server, 'PUT models/half/labels/stable', {version: 9})).toMatchObject({
    status: 404,
    error: {code: 'no_such_version'},
  });
  expect(await half.answer('half/labels/stable')).toBe(3);
  expect(await order(half.server, 'POST models/half/unload', {version: 1})).toMatchObject({
    status: 409,
    error: {code: 'version_in_use'},
  });
  expect((await order(half.server, 'DELETE models/half/labels/stable')).model.labels).toEqual({next: '3'});
  expect(await half.answer('half/labels/stable')).toBe(400);
});

test('a model is unloaded and loaded on request, also over a restart; a version is held as long as wanted', async () => {
  expect((await order(half.server, 'POST models/half/load', {version: 1})).model.held_versions).toEqual(['1']);
  expect(await half.answer('half/versions/1')).toBe(3);
  const {model} = await order(half.server, 'POST models/half/unload', {version: 1});
  expect(model.versions.find(({version}) => version === '1')?.state).toBe('END');

  expect((await order(half.server, 'POST models/half/unload')).model).toMatchObject({
    unloaded: true,
    live_version: null,
  });
  expect(await half.answer()).toBe(404);
  await half.server.stop();
  await half.start();
  expect(await half.answer()).toBe(404);
  expect((await order(half.server, 'POST models/half/load')).model).toMatchObject({unloaded: false, live_version: '2'});
  expect(await half.answer()).toBe(4);
});

test('a rescan answers once what is new is served', async () => {
  await half.volume.publish('other', 5, HALF_PLUS[3]);
  expect((await order(half.server, 'POST rescan')).status).toBe(200);
  expect(await half.answer('other')).toBe(3);
});

test('an order that a full disk cannot keep is refused, and changes nothing', async () => {
  await order(half.server, 'PUT models/half/pin', {version: 1});
  // Whatever is written to it meets the kernel's "no space left on device".
  await symlink('/dev/full', join(half.volume.root, '.state/half.json.incoming'));
  const {status, error} = await order(half.server, 'PUT models/half/pin', {version: 2});
  expect({status, code: error.code}).toEqual({status: 507, code: 'not_kept'});
  expect(error.message).toContain('ENOSPC');
  expect(await half.answer()).toBe(3);
  await half.server.stop('SIGKILL');
  await half.start();
  expect(await half.answer()).toBe(3);
  expect((await order(half.server, 'PUT models/half/pin', {version: 2})).model.live_version).toBe('2');
});

test('only a program with the token is heard, and never a page', async () => {
  const pin = (headers: Record<string, string>) => order(half.server, 'PUT models/half/pin', {version: 1}, headers);
  expect(await pin({'x-ingot-token': ''})).toMatchObject({status: 401, error: {code: 'wrong_token'}});
  expect(await pin({'x-ingot-token': `${TOKEN}x`})).toMatchObject({status: 401});
  expect(await pin({origin: half.server.adminUrl})).toMatchObject({status: 403, error: {code: 'from_a_page'}});
  expect(await pin({'content-type': 'text/plain'})).toMatchObject({status: 415});
  expect(await order(half.server, 'GET models', {}, {'x-ingot-token': ''})).toMatchObject({status: 401});
  expect(await order(half.server, 'PUT models/half/pin', {version: '99999999999999999999'})).toMatchObject({
    status: 400,
  });
  expect(await order(half.server, 'PUT models/half/pin', {version: '9223372036854775808'})).toMatchObject({
    status: 400,
  });
  expect(await order(half.server, 'PUT models/half/pin', {version: 1, base_path: '/'})).toMatchObject({status: 400});
  expect(await order(half.server, 'PUT models/..%2F..%2Fhalf/pin', {version: 1})).toMatchObject({
    status: 404,
    error: {code: 'no_such_model'},
  });
  expect((await get(`${half.server.url}/admin/models`)).status).toBe(404);
  expect((await order(half.server, 'GET models/half')).model.pinned_version).toBeNull();
});

test('the command line does what the API does, and tells what went wrong', async () => {
  const ctl = async (...words: string[]): Promise<{code: number; text: string}> => {
    const env = {...process.env, INGOT_SERVING_ADMIN_URL: half.server.adminUrl, INGOT_SERVING_TOKEN: TOKEN};
    return run(process.execPath, [MAIN, 'ctl', ...words], {env}).then(
      ({stdout}) => ({code: 0, text: stdout}),
      ({code, stderr}: {code: number; stderr: string}) => ({code, text: stderr}),
    );
  };
  expect(JSON.parse((await ctl('pin', 'half', '1')).text)).toMatchObject({live_version: '1'});
  expect(JSON.parse((await ctl('unpin', 'half')).text)).toMatchObject({live_version: '2'});
  expect(JSON.parse((await ctl('weights', 'half', '1=90', '2=10')).text)).toMatchObject({weights: {1: 90, 2: 10}});
  expect(JSON.parse((await ctl('label', 'half', 'stable', '1')).text)).toMatchObject({labels: {stable: '1'}});
  expect(await ctl('pin', 'half', '7')).toEqual({
    code: 1,
    text: expect.stringContaining('Version 7 of half is not in'),
  });
  expect(await ctl('pin', 'half')).toEqual({code: 1, text: 'usage: ingot-serving ctl pin NAME VERSION\n'});
  expect(await ctl('weights', 'half', '1')).toEqual({code: 1, text: expect.stringContaining('VERSION=SHARE')});
  expect((await ctl('--help')).text).toContain('shadow NAME VERSION');
});

test('the admin API does not open without a token, or where it would forget', async () => {
  const root = `--model_root=${half.volume.root}`;
  await expect(startServer(root, '--admin_port=-1')).rejects.toThrow('--admin_port needs --state_dir');
  await expect(startServer(root, '--admin_port=-1', `--state_dir=${join(half.volume.root, '.other')}`)).rejects.toThrow(
    '--admin_port needs a token',
  );
});
