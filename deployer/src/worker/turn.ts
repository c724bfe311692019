import {parseJobData, parseProgress, type JobRecord} from '../queue/record.js';

/**
 * Of two deployments of one model, the one asked for later must get the higher version: it would not be the one that
 * answers otherwise. @returns the id of an earlier one that has not published yet, or null when it is this one's turn.
 */
export function earlierUnpublished(
  own: {readonly id: string; readonly model: string; readonly sequence: number},
  unfinished: readonly JobRecord[],
): string | null {
  for (const job of unfinished) {
    const data = parseJobData(job.data);
    if (!data || !job.id || job.id === own.id || data.model !== own.model || data.sequence >= own.sequence) continue;
    const {version, state} = parseProgress(job.progress, data.requestedAt);
    if (state === 'queued' || state === 'checking' || (state === 'publishing' && version === null)) return job.id;
  }
  return null;
}
