import {appendFile, cp, mkdir, readFile, readdir, rename, symlink} from 'node:fs/promises';
import {join} from 'node:path';
import {testModels} from '../testing/models.js';
import {post, ready, startServer, states, until, type RunningServer} from '../testing/server.js';
import {HALF_PLUS, testVolume, type TestVolume} from '../testing/volume.js';

let volume: TestVolume;
let server: RunningServer;

beforeEach(async () => {
  volume = await testVolume();
  await volume.publish('half', 1, HALF_PLUS[3]);
  server = await startServer(`--model_root=${volume.root}`, '--file_system_poll_wait_seconds=0.1');
  await ready(server);
}, 180_000);

afterEach(async () => {
  await server.stop('SIGKILL');
  await volume.remove();
});

async function answer(model = 'half'): Promise<unknown> {
  const {status, text} = await post(`${server.url}/v1/models/${model}:predict`, '{"inputs": 2}');
  return status === 200 ? (JSON.parse(text) as {outputs: number}).outputs : status;
}

/** Asks again and again until a function is called, which returns every answer that there was. */
function client(): () => Promise<Set<unknown>> {
  const seen = new Set<unknown>();
  let asking = true;
  const done = (async () => {
    while (asking) seen.add(await answer());
  })();
  return async () => {
    asking = false;
    await done;
    return seen;
  };
}

test('a version that is copied in piece by piece is served when it is whole, and costs no request before', async () => {
  const source = join(await testModels(), HALF_PLUS[4]);
  const target = join(volume.root, 'half/2');
  const stop = client();
  // Other ways to copy write files in other orders; here every file grows, and the folder looks done several times.
  for (const name of (await readdir(source, {recursive: true, withFileTypes: true})).filter(entry => entry.isFile())) {
    const folder = join(target, name.parentPath.slice(source.length));
    await mkdir(folder, {recursive: true});
    const bytes = await readFile(join(name.parentPath, name.name));
    const step = Math.ceil(bytes.length / 4);
    for (let at = 0; at < bytes.length; at += step) {
      await appendFile(join(folder, name.name), bytes.subarray(at, at + step));
      await new Promise(resolve => setTimeout(resolve, 60));
    }
  }
  await until(answer, found => found === 4);
  expect([...(await stop())].sort()).toEqual([3, 4]);
});

test('versions and models may be links, also one that is pointed elsewhere', async () => {
  const models = await testModels();
  await symlink(join(models, HALF_PLUS[4]), join(volume.root, 'half/2'));
  await until(answer, found => found === 4);

  // As Kubernetes publishes a volume: a link to a folder, replaced by another one in one step.
  const shelves = join(volume.root, '.shelves');
  for (const [shelf, from] of [
    ['a', HALF_PLUS[3]],
    ['b', HALF_PLUS[4]],
  ] as const) {
    await cp(join(models, from), join(shelves, shelf, shelf === 'a' ? '1' : '2'), {recursive: true});
  }
  await symlink(join(shelves, 'a'), join(volume.root, 'linked'));
  await until(
    () => answer('linked'),
    found => found === 3,
  );
  await symlink(join(shelves, 'b'), join(volume.root, '.linked'));
  await rename(join(volume.root, '.linked'), join(volume.root, 'linked'));
  await until(
    () => answer('linked'),
    found => found === 4,
  );
  expect(await states(server, 'linked')).toMatchObject({1: 'END', 2: 'AVAILABLE'});
});

test('a base path that vanishes takes nothing away, and is followed again when it is back', async () => {
  await server.stop('SIGKILL');
  const [here, away] = [join(volume.root, 'half'), join(volume.root, '.away')];
  server = await startServer('--model_name=half', `--model_base_path=${here}`, '--file_system_poll_wait_seconds=0.1');
  await ready(server);
  const stop = client();
  await rename(here, away);
  await until(
    async () => server.log(),
    log => log.includes('cannot read its folder, what is loaded stays'),
  );
  expect(await answer()).toBe(3);
  await cp(join(await testModels(), HALF_PLUS[4]), join(away, '2'), {recursive: true});
  await rename(away, here);
  await until(answer, found => found === 4);
  expect([...(await stop())].sort()).toEqual([3, 4]);
});
