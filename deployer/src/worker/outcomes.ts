import type {Redis} from 'ioredis';
import type {AuditEvent} from '../lineage/audit.js';
import type {Log} from '../log.js';
import {countSettled} from '../queue/metrics.js';
import type {Outcome} from './recorder.js';

/** Writes down what became of deployments, for people and for figures. Neither holds up a deployment. */
export function keepOutcomes(redis: Redis, audit: (event: AuditEvent) => Promise<void>, log: Log): Outcome {
  return async (event, data, id, progress) => {
    await audit({
      event,
      deployment: id,
      model: data.model,
      by: data.requestedBy,
      notebook: data.notebook,
      version: progress.version,
      ...(progress.failure ? {reason: progress.failure.reason} : {}),
    });
    if (event !== 'live' && event !== 'failed') return;
    await countSettled(redis, progress).catch((error: unknown) =>
      log('warning', `${id} was not counted: ${String(error)}`),
    );
  };
}
