import type {Deployment} from '@ingot/deployer/deployment';
import {Problem} from './errors.js';

/** What following needs of the deployer. */
export interface DeploymentSource {
  deployment(id: string, signal?: AbortSignal): Promise<Deployment>;
  events(id: string, signal: AbortSignal): AsyncGenerator<Deployment>;
}

export interface FollowOptions {
  readonly signal: AbortSignal;
  readonly delay: (ms: number, signal: AbortSignal) => Promise<void>;
  /** How many looks in a row may fail before it is given up, a second apart. */
  readonly patience?: number;
}

export function isOver(deployment: Deployment): boolean {
  return deployment.state === 'live' || deployment.state === 'failed';
}

/**
 * A deployment's snapshots until it is live or has failed: pushed where the stream holds, else asked for each second, as a
 * proxy may cut a stream and a deployer may be restarted in the middle.
 * @throws Problem when the deployer stays away, or at once when it says no.
 */
export async function* follow(
  source: DeploymentSource,
  id: string,
  {signal, delay, patience = 60}: FollowOptions,
): AsyncGenerator<Deployment> {
  let failures = 0;
  while (!signal.aborted) {
    try {
      for await (const snapshot of source.events(id, signal)) {
        failures = 0;
        yield snapshot;
        if (isOver(snapshot)) return;
      }
    } catch (error) {
      if (isRefusal(error)) throw error;
    }
    await delay(1000, signal);
    try {
      const snapshot = await source.deployment(id, signal);
      failures = 0;
      yield snapshot;
      if (isOver(snapshot)) return;
    } catch (error) {
      failures += 1;
      if (isRefusal(error) || failures >= patience || signal.aborted) throw error;
    }
  }
}

/** The deployer answered, and asking again will not change what it says. */
function isRefusal(error: unknown): boolean {
  return error instanceof Problem && (error.code === 'no_such_deployment' || error.code === 'bad_answer');
}

/** Waits, or rejects with the signal's reason. */
export function delay(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, ms);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, {once: true});
  });
}

/** What the promise brings, or a rejection with the signal's reason, whichever is first. */
export function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', stop, {once: true});
    if (signal.aborted) stop();
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
