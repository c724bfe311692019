import {Redis, type RedisOptions} from 'ioredis';

/**
 * Connections to the queue's server. A door must fail at once when the server is away, so that it can answer 503; a
 * worker must wait for it.
 */
export function doorConnection(url: string): Redis {
  return quiet(
    new Redis(url, {
      ...common,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 1,
      connectTimeout: 800,
    }),
  );
}

export function workerConnection(url: string): Redis {
  return quiet(new Redis(url, {...common, maxRetriesPerRequest: null}));
}

const common: RedisOptions = {retryStrategy: times => Math.min(50 * 2 ** Math.min(times, 6), 2000)};

/** Without a listener a lost connection would end the process; the client reconnects by itself. */
function quiet(redis: Redis): Redis {
  redis.on('error', () => {});
  return redis;
}
