import {appendFile, cp, mkdir, readFile, readdir, rename, symlink, writeFile} from 'node:fs/promises';
import {execFile} from 'node:child_process';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {testModels} from '../testing/models.js';
import {get, post, ready, startServer, states, until, type RunningServer} from '../testing/server.js';
import {HALF_PLUS, testVolume, type TestVolume} from '../testing/volume.js';

const run = promisify(execFile);
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
function client(model = 'half'): () => Promise<Set<unknown>> {
  const seen = new Set<unknown>();
  let asking = true;
  const done = (async () => {
    while (asking) seen.add(await answer(model));
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

test("a model's folder that cannot be read for a while keeps being served, and is followed again", async () => {
  const [here, store] = [join(volume.root, 'linked'), join(volume.root, '.store')];
  const pointTo = async (target: string): Promise<void> => {
    await symlink(target, join(volume.root, '.next'));
    await rename(join(volume.root, '.next'), here);
  };
  await cp(join(await testModels(), HALF_PLUS[3]), join(store, '1'), {recursive: true});
  await pointTo(store);
  await until(
    () => answer('linked'),
    found => found === 3,
  );
  const stop = client('linked');
  // A link that leads to itself is there, and every read of it fails, as of a network volume that is out of reach.
  await pointTo(here);
  await until(
    async () => server.log(),
    log => log.includes('linked: cannot read its folder, what is loaded stays'),
  );
  await cp(join(await testModels(), HALF_PLUS[4]), join(store, '2'), {recursive: true});
  await pointTo(store);
  await until(
    () => answer('linked'),
    found => found === 4,
  );
  expect([...(await stop())].sort()).toEqual([3, 4]);
});

const IN_ROOT = {model: 'half', flags: (root: string) => [`--model_root=${root}`]};

/** A volume that is mounted for the server, and unmounted. */
interface Mounted {
  /** Where the server finds it. */
  readonly root: string;
  /** Where it can be reached all the time. */
  readonly store: string;
  mount(): Promise<unknown>;
  unmount(): Promise<unknown>;
  grow(): Promise<unknown>;
}

/** Serves version 1 from a volume of its own, of so many kilobytes. */
async function onVolume(
  kilobytes: number,
  work: (mounted: Mounted) => Promise<void>,
  /** Where the model is on it, and how the server is told. */
  {model, flags}: {model: string; flags: (root: string) => string[]} = IN_ROOT,
): Promise<void> {
  await server.stop('SIGKILL');
  const [root, store] = [join(volume.root, '.mounted'), join(volume.root, '.store')];
  await Promise.all([mkdir(root), mkdir(store)]);
  const mayMount = await run('mount', ['-t', 'tmpfs', '-o', `size=${kilobytes}k`, 'tmpfs', store]).then(
    () => true,
    () => false,
  );
  if (!mayMount) return console.warn('not tested: only an administrator may mount a volume');
  const mounted: Mounted = {
    root,
    store,
    mount: () => run('mount', ['--bind', store, root]),
    unmount: () => run('umount', ['-l', root]),
    grow: () => run('mount', ['-o', 'remount,size=1m', store]),
  };
  try {
    await mounted.mount();
    await cp(join(await testModels(), HALF_PLUS[3]), join(root, model, '1'), {recursive: true});
    server = await startServer(...flags(root), '--file_system_poll_wait_seconds=0.1');
    await ready(server);
    await work(mounted);
  } finally {
    await mounted.unmount().catch(() => undefined);
    await run('umount', ['-l', store]);
  }
}

test('a volume that is full before a version is copied whole serves the old one, and the new one once there is room', async () => {
  await onVolume(120, async ({root, grow}) => {
    const copy = async (): Promise<void> =>
      cp(join(await testModels(), HALF_PLUS[4]), join(root, 'half/2'), {recursive: true});
    const stop = client();
    await writeFile(join(root, 'ballast'), Buffer.alloc(40 * 1024));
    await expect(copy()).rejects.toThrow('ENOSPC');
    await until(
      () => states(server, 'half'),
      found => found['2'] === 'END',
    );
    expect(await answer()).toBe(3);
    await grow();
    await copy();
    await until(answer, found => found === 4);
    expect([...(await stop())].sort()).toEqual([3, 4]);
  });
}, 60_000);

test.each([
  ['the model root', IN_ROOT],
  ["a model's folder", {model: '', flags: (root: string) => ['--model_name=half', `--model_base_path=${root}`]}],
])(
  'a volume that is unmounted and was %s, which leaves an empty folder, takes nothing away',
  async (_, where) => {
    const work = async ({root, store, mount, unmount}: Mounted): Promise<void> => {
      const stop = client();
      await unmount();
      await until(
        async () => server.log(),
        log => log.includes('its volume is no longer mounted there'),
      );
      expect([await answer(), await readdir(root)]).toEqual([3, []]);
      await cp(join(await testModels(), HALF_PLUS[4]), join(store, where.model, '2'), {recursive: true});
      await mount();
      await until(answer, found => found === 4);
      expect([...(await stop())].sort()).toEqual([3, 4]);
    };
    await onVolume(1024, work, where);
  },
  60_000,
);

test('a version whose folder cannot be read is listed and logged with the reason, and served once it can be', async () => {
  const folder = join(volume.root, 'half/2');
  await symlink(join(volume.root, '.elsewhere'), folder);
  const said = 'There is no folder of files (ENOENT';
  await until(
    async () => server.log(),
    log => log.includes(`half/2 is not served: ${said}`),
  );
  expect((await get(`${server.url}/v1/models/half`)).text).toContain(said);
  expect(await answer()).toBe(3);
  await cp(join(await testModels(), HALF_PLUS[4]), join(volume.root, '.elsewhere'), {recursive: true});
  await until(answer, found => found === 4);
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
