import {getPriority, setPriority} from 'node:os';
import {serveJobs, type Done} from '../../offload/serve-jobs.js';
import {READ_HERE} from './version-reader.js';
import type {FileJobs} from './threaded-reader.js';

/** A thread that reads versions: loads give way to requests. */

/** As the engine's threads that load. */
const LESS = 5;
const LEAST = 19;

const copied = <T>(answer: T): Done<T> => ({answer, transfer: []});

// To Linux, and to it alone, a priority is a thread's.
if (process.platform === 'linux') setPriority(0, Math.min(LEAST, getPriority(0) + LESS));
serveJobs<FileJobs>({
  hash: async file => copied(await READ_HERE.hash(file)),
  ops: async folder => copied(await READ_HERE.ops(folder)),
  golden: async folder => copied(await READ_HERE.golden(folder)),
  async warmUp(folder) {
    const answer = await READ_HERE.warmUp(folder);
    // All are views of the file, which is too large for memory that others use, too.
    const files = new Set((answer ?? []).map(({bytes}) => bytes.buffer as ArrayBuffer));
    return {answer, transfer: [...files]};
  },
  size: async folder => copied(await READ_HERE.size(folder)),
});
