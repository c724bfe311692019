import {accessSync, constants, existsSync, readFileSync} from 'node:fs';
import {mkdir, rmdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {until} from './server.js';

/** A control group of the kernel's that has so much memory and no more: its out-of-memory killer ends one of its processes. */
export interface MemoryGroup {
  add(pid: number): Promise<void>;
  limit(bytes: number): Promise<void>;
  /** Waits for its processes to end. */
  remove(): Promise<void>;
}

const V1 = '/sys/fs/cgroup/memory';
const V2 = '/sys/fs/cgroup';

/** Where such groups can be made; null where only the administrator may, or a container has none. */
export const memoryGroups = ((): {readonly root: string; readonly limit: string} | null => {
  if (isWritable(V1)) return {root: V1, limit: 'memory.limit_in_bytes'};
  const control = join(V2, 'cgroup.subtree_control');
  if (!isWritable(V2) || !existsSync(control) || !readFileSync(control, 'utf8').includes('memory')) return null;
  return {root: V2, limit: 'memory.max'};
})();

/** @throws where `memoryGroups` is null */
export async function memoryGroup(name: string): Promise<MemoryGroup> {
  if (memoryGroups === null) throw new Error('no control groups can be made here');
  const {root, limit} = memoryGroups;
  const folder = join(root, `${name}-${process.pid}`);
  await mkdir(folder);
  return {
    add: pid => writeFile(join(folder, 'cgroup.procs'), String(pid)),
    limit: bytes => writeFile(join(folder, limit), String(Math.floor(bytes))),
    remove: () => until(() => rmdir(folder).then(() => true, isBusy), Boolean).then(() => undefined),
  };
}

function isBusy(error: NodeJS.ErrnoException): boolean {
  if (error.code === 'EBUSY') return false;
  throw error;
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return process.platform === 'linux';
  } catch {
    return false;
  }
}
