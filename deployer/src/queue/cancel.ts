import type {Redis} from 'ioredis';

/** A wish to cancel lies beside the jobs: the worker that has the deployment may be any, or none yet. */
const DAY_S = 86_400;
const keyOf = (id: string): string => `ingot:deploy:cancel:${id}`;

export async function askToCancel(redis: Redis, id: string, by: string): Promise<void> {
  await redis.set(keyOf(id), by, 'EX', 7 * DAY_S);
}

export async function forgetCancel(redis: Redis, id: string): Promise<void> {
  await redis.del(keyOf(id));
}

/** @returns who asked, or null when nobody did. */
export async function cancelledBy(redis: Redis, id: string): Promise<string | null> {
  return redis.get(keyOf(id));
}
