import type {CancelSignal} from '@ingot/tensorflow/session';
import {StatusError} from '../status/status.js';
import {after} from './timer.js';

export interface Patience {
  readonly deadlineMs?: number | undefined;
  readonly signal?: CancelSignal | undefined;
}

/**
 * The work, or its end when the deadline or the client comes first; the work itself goes on.
 * @param late what is said at the deadline
 * @throws what the work throws, `late`, or StatusError CANCELLED
 */
export function within<T>(work: Promise<T>, {deadlineMs, signal}: Patience, late: () => Error): Promise<T> {
  if (deadlineMs === undefined && signal === undefined) return work;
  return new Promise<T>((resolve, reject) => {
    const end = (settle: () => void): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      settle();
    };
    const onAbort = (): void => end(() => reject(new StatusError('CANCELLED', 'the request was cancelled')));
    const timer = after(deadlineMs ?? Infinity, () => end(() => reject(late())));
    signal?.addEventListener('abort', onAbort, {once: true});
    if (signal?.aborted) return onAbort();
    work.then(
      value => end(() => resolve(value)),
      (error: unknown) => end(() => reject(error as Error)),
    );
  });
}
