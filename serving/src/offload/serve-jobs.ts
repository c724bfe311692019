import {parentPort} from 'node:worker_threads';
import {toStatusError} from '../status/status.js';
import type {Asked, JobTable, Replied} from './pool.js';

/** What a job gives, and which memory of it may be handed over. */
export interface Done<T> {
  readonly answer: T;
  readonly transfer: readonly ArrayBuffer[];
}

/** How the jobs of a table are done. What they throw reaches who asked as a StatusError. */
export type JobFunctions<J extends JobTable<J>> = {
  readonly [N in keyof J]: (ask: J[N]['ask']) => Done<J[N]['answer']> | Promise<Done<J[N]['answer']>>;
};

/** Does the jobs that a pool gives to this thread, one after the other. */
export function serveJobs<J extends JobTable<J>>(jobs: JobFunctions<J>): void {
  parentPort?.on('message', (asked: Asked<J, keyof J>) => void work(jobs, asked));
}

async function work<J extends JobTable<J>>(jobs: JobFunctions<J>, {name, ask}: Asked<J, keyof J>): Promise<void> {
  try {
    const {answer, transfer} = await jobs[name](ask);
    parentPort?.postMessage({answer} satisfies Replied<J[keyof J]['answer']>, transfer);
  } catch (error) {
    const {code, message} = toStatusError(error);
    parentPort?.postMessage({failure: {code, message}} satisfies Replied<J[keyof J]['answer']>);
  }
}
