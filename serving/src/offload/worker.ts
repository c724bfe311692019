import {JOBS} from './jobs.js';
import {serveJobs} from './serve-jobs.js';

/** A thread of a pool that reads and writes large bodies. */

serveJobs(JOBS);
