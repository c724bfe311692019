import {type FileHandle, mkdir, open, rename, rm} from 'node:fs/promises';
import {dirname} from 'node:path';

let written = 0;

/**
 * Writes beside, syncs and renames: a reader, or who comes after a crash, sees the old file or the new one whole.
 * @param write writes the content to the open file.
 */
export async function replaceFile(path: string, write: (file: FileHandle) => Promise<unknown>): Promise<void> {
  await mkdir(dirname(path), {recursive: true});
  const beside = `${path}.incoming-${process.pid}-${++written}`;
  try {
    await synced(beside, 'wx', write);
    await rename(beside, path);
  } catch (error) {
    await rm(beside, {force: true});
    throw error;
  }
  await synced(dirname(path), 'r');
}

async function synced(path: string, flags: string, write?: (file: FileHandle) => Promise<unknown>): Promise<void> {
  const file = await open(path, flags);
  try {
    await write?.(file);
    await file.sync();
  } finally {
    await file.close();
  }
}
