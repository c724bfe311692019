import type {VersionStatus} from './client.js';

/** What a version's status means for a deployment that waits for it. */
export type Loading =
  | {readonly outcome: 'wait'; readonly state: string}
  | {readonly outcome: 'available'}
  | {readonly outcome: 'failed'; readonly message: string}
  | {readonly outcome: 'superseded'; readonly by: number};

export function judgeLoading(versions: readonly VersionStatus[], version: number): Loading {
  const own = versions.find(status => status.version === version);
  if (own?.state === 'AVAILABLE') return {outcome: 'available'};
  if (own && own.errorCode !== 'OK') return {outcome: 'failed', message: own.errorMessage || own.errorCode};
  const newer = versions.find(status => status.version > version && status.state === 'AVAILABLE');
  if (newer && (!own || own.state === 'END' || own.state === 'UNLOADING'))
    return {outcome: 'superseded', by: newer.version};
  return {outcome: 'wait', state: own?.state ?? 'not listed'};
}
