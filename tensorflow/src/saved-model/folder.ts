import {randomUUID} from 'node:crypto';
import {mkdir, open, readdir, rename, rm} from 'node:fs/promises';
import path from 'node:path';

/**
 * Makes a folder that is either there, complete and synced to disk, or not there at all: `fill` writes into a folder
 * beside it whose name no reader takes for a version, which is then renamed.
 * @throws Error when the folder is there already and not empty, and whatever `fill` throws
 */
export async function makeFolder(dir: string, fill: (dir: string) => Promise<void>): Promise<void> {
  const target = path.resolve(dir);
  const parent = path.dirname(target);
  await mkdir(parent, {recursive: true});
  const incoming = path.join(parent, `.incoming-${path.basename(target)}-${randomUUID()}`);
  await mkdir(incoming);
  try {
    await fill(incoming);
    await syncTree(incoming);
    await rename(incoming, target);
  } catch (error) {
    await rm(incoming, {recursive: true, force: true});
    const {code} = error as NodeJS.ErrnoException;
    if (code === 'ENOTEMPTY' || code === 'EEXIST' || code === 'ENOTDIR') {
      throw new Error(`${target} is there already and is left as it is: choose another folder, or remove it first.`, {
        cause: error,
      });
    }
    throw error;
  }
  await sync(parent);
}

/** Writes a file in parts and syncs it. A path below `dir` that leaves it is refused. */
export async function writeFileIn(dir: string, file: string, parts: Iterable<Uint8Array | string>): Promise<void> {
  const target = path.resolve(dir, file);
  if (!target.startsWith(dir + path.sep)) throw new Error(`The file name "${file}" leads out of the folder.`);
  await mkdir(path.dirname(target), {recursive: true});
  const handle = await open(target, 'wx');
  try {
    for (const part of parts) await handle.writeFile(part);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function syncTree(dir: string): Promise<void> {
  for (const entry of await readdir(dir, {withFileTypes: true})) {
    if (entry.isDirectory()) await syncTree(path.join(dir, entry.name));
  }
  await sync(dir);
}

/** Some file systems cannot sync a folder; the rename is then as safe as they make it. */
async function sync(dir: string): Promise<void> {
  const handle = await open(dir, 'r');
  try {
    await handle.sync();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EINVAL') throw error;
  } finally {
    await handle.close();
  }
}
