import {mkdirSync, readFileSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {listProcesses, signalAll, type ProcessInfo} from '../supervise/processes.js';

/** What runs out of one home folder: so that a second start can tell, and a killed one can be cleaned up after. */
export interface PlatformRecord {
  readonly supervisor: ProcessInfo;
  readonly parts: readonly ProcessInfo[];
}

const fileOf = (home: string): string => join(home, 'run', 'platform.json');

export function writeRecord(home: string, record: PlatformRecord): void {
  mkdirSync(join(home, 'run'), {recursive: true});
  writeFileSync(`${fileOf(home)}.new`, JSON.stringify(record));
  renameSync(`${fileOf(home)}.new`, fileOf(home));
}

export function removeRecord(home: string): void {
  rmSync(fileOf(home), {force: true});
}

function readRecord(home: string): PlatformRecord | null {
  try {
    return JSON.parse(readFileSync(fileOf(home), 'utf8')) as PlatformRecord;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' || error instanceof SyntaxError) return null;
    throw error;
  }
}

/** The supervisor that runs out of this home now, or null. */
export async function runningSupervisor(home: string): Promise<ProcessInfo | null> {
  const record = readRecord(home);
  if (record === null) return null;
  const found = (await listProcesses()).find(({pid}) => pid === record.supervisor.pid);
  return found?.started === record.supervisor.started ? found : null;
}

/** Ends parts whose supervisor was killed before it could stop them. Returns how many there were. */
export async function endLeftovers(home: string): Promise<number> {
  const record = readRecord(home);
  if (record === null || (await runningSupervisor(home)) !== null) return 0;
  const left = await signalAll(record.parts, 'SIGTERM');
  if (left.length > 0) {
    await new Promise(resolve => setTimeout(resolve, 2_000));
    await signalAll(left, 'SIGKILL');
  }
  removeRecord(home);
  return left.length;
}
