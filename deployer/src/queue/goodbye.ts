/** How long an API may take to close its connections, in ms: an answer of a queue that is there takes a few. */
export const DOOR_GOODBYE_MS = 1000;

/** How long a worker may take to end or hand over what it works on, in ms. */
export const WORKER_GOODBYE_MS = 8000;

/**
 * Waits until connections to the queue's server are closed, but never longer than `limitMs`: ioredis tells nobody that a
 * connection has ended which is closed on its way back to a lost server (`disconnect()` while `reconnecting` only forgets
 * the next attempt), so BullMQ's `close()` may never return.
 * @returns false when the time ran out first.
 */
export async function goodbye(closing: readonly Promise<unknown>[], limitMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>(resolve => {
    timer = setTimeout(() => resolve(false), limitMs);
  });
  try {
    return await Promise.race([Promise.allSettled(closing).then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
