import {stat} from 'node:fs/promises';
import {join} from 'node:path';
import {EXTRA_FILES} from '@ingot/tensorflow/contract';
import {WorkerPool} from '../../offload/pool.js';
import {READ_HERE, type VersionReader} from './version-reader.js';
import {WARMUP_FILE} from './warm-up-records.js';

/** What a thread that reads versions may be asked, and what it answers. */
export type FileJobs = {
  [N in keyof VersionReader]: {ask: string; answer: Awaited<ReturnType<VersionReader[N]>>};
};

/** A smaller file is read in a fraction of a millisecond, which is less than asking a thread may take. */
const LARGE_BYTES = 128 * 1024;
const GRAPH_FILE = 'saved_model.pb';

/** Reads large files on threads of its own, so that no request waits for that. */
export class ThreadedReader implements VersionReader {
  private readonly pool: WorkerPool<FileJobs>;

  /** @param threads at most; they start as they are needed */
  constructor(threads: number) {
    const worker = new URL('./worker.js', import.meta.url);
    this.pool = new WorkerPool<FileJobs>(threads, {worker, subject: 'A file of the version'});
  }

  async hash(file: string): ReturnType<VersionReader['hash']> {
    return (await isLarge(file)) ? this.pool.run('hash', file) : READ_HERE.hash(file);
  }

  async ops(folder: string): ReturnType<VersionReader['ops']> {
    return (await isLarge(folder, GRAPH_FILE)) ? this.pool.run('ops', folder) : READ_HERE.ops(folder);
  }

  async golden(folder: string): ReturnType<VersionReader['golden']> {
    return (await isLarge(folder, EXTRA_FILES.golden)) ? this.pool.run('golden', folder) : READ_HERE.golden(folder);
  }

  async warmUp(folder: string): ReturnType<VersionReader['warmUp']> {
    return (await isLarge(folder, WARMUP_FILE)) ? this.pool.run('warmUp', folder) : READ_HERE.warmUp(folder);
  }

  async size(folder: string): ReturnType<VersionReader['size']> {
    return (await isLarge(folder, GRAPH_FILE)) ? this.pool.run('size', folder) : READ_HERE.size(folder);
  }

  close(): Promise<void> {
    return this.pool.close();
  }
}

async function isLarge(...path: readonly string[]): Promise<boolean> {
  // Whoever reads what is not there says so.
  const size = await stat(join(...path)).then(
    found => found.size,
    () => 0,
  );
  return size >= LARGE_BYTES;
}
