import {mkdtemp, rename, rm, symlink} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {MountedFolder} from './mounted-folder.js';

/** Always on another device than files are. */
const ELSEWHERE = '/proc';
const GONE = 'its volume is no longer mounted there';

let root: string;
let path: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'ingot-mounted-'));
  path = join(root, 'volume');
  await pointTo(root);
});
afterEach(() => rm(root, {recursive: true}));

async function pointTo(target: string): Promise<void> {
  await symlink(target, join(root, 'next'));
  await rename(join(root, 'next'), path);
}

test('a folder that is empty on another device is not the one that had something in it; on its own it is', async () => {
  const folder = new MountedFolder();
  expect(await folder.read(path, async () => ['1'])).toEqual(['1']);
  await pointTo(ELSEWHERE);
  await expect(folder.read(path, async () => [])).rejects.toThrow(GONE);
  await pointTo(root);
  expect(await folder.read(path, async () => [])).toEqual([]);
});

test('what is read while the device changes is nothing to go by, then or later', async () => {
  const folder = new MountedFolder();
  const torn = folder.read(path, async () => {
    await pointTo(ELSEWHERE);
    return ['1'];
  });
  await expect(torn).rejects.toThrow(GONE);
  expect(await folder.read(path, async () => [])).toEqual([]);
});
