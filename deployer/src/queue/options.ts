import type {JobsOptions, WorkerOptions} from 'bullmq';

/**
 * One constant for every worker: the queue checks for stalled jobs at the interval of whichever worker checked last, so
 * a single worker with other figures would slow the recovery of all of them.
 */
export const WORKER_OPTIONS = {
  lockDuration: 10_000,
  stalledInterval: 5_000,
  maxStalledCount: 4,
} as const satisfies Partial<WorkerOptions>;

export const JOB_OPTIONS = {
  attempts: 3,
  backoff: {type: 'exponential', delay: 1000, jitter: 0.5},
  removeOnComplete: {count: 1000},
  removeOnFail: {count: 1000},
  keepLogs: 200,
} as const satisfies JobsOptions;
