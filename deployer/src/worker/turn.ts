import {parseJobData, parseProgress, type JobData, type JobRecord, type Progress} from '../queue/record.js';

/**
 * Deployments of one model must leave it as the one that was asked for last wants it. A staged model needs the higher version
 * of those published, so it waits for those before it until they are published; what moves or ends a pin waits for, and is
 * waited for by, everything. @returns the id of the one to wait for, or null when it is this one's turn.
 */
export function earlierInTheWay(
  own: {readonly id: string; readonly data: JobData},
  unfinished: readonly JobRecord[],
): string | null {
  for (const job of unfinished) {
    const data = parseJobData(job.data);
    if (!data || !job.id || job.id === own.id) continue;
    if (data.model !== own.data.model || data.sequence >= own.data.sequence) continue;
    const progress = parseProgress(job.progress, data);
    const moves = data.formatVersion === 2 || own.data.formatVersion === 2;
    if (moves ? isUnfinished(progress) : isUnpublished(progress)) return job.id;
  }
  return null;
}

function isUnfinished({state}: Progress): boolean {
  return state !== 'live' && state !== 'failed';
}

function isUnpublished({state, version}: Progress): boolean {
  return state === 'queued' || state === 'checking' || (state === 'publishing' && version === null);
}
