import {parentPort} from 'node:worker_threads';
import {toStatusError} from '../status/status.js';
import {JOBS, type Ask, type JobName} from './jobs.js';
import type {Asked, Replied} from './pool.js';

/** The other thread of the pool: one job after the other. */

function work<N extends JobName>(name: N, ask: Ask<N>): void {
  try {
    const {answer, transfer} = JOBS[name](ask);
    parentPort?.postMessage({answer} satisfies Replied<N>, transfer);
  } catch (error) {
    const {code, message} = toStatusError(error);
    parentPort?.postMessage({failure: {code, message}} satisfies Replied<N>);
  }
}

parentPort?.on('message', ({name, ask}: Asked<JobName>) => work(name, ask));
