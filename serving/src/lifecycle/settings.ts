import type {Loader} from '../loading/loader.js';
import type {Log} from '../log.js';
import type {RequestLogging} from '../logging/request-log.js';
import {LATEST, type VersionPolicy} from './versions/policy.js';
import type {TransitionPolicy} from './versions/transition.js';

/** What is wanted of one model. */
export interface ModelConfig {
  readonly name: string;
  readonly basePath: string;
  readonly policy: VersionPolicy;
  readonly labels: ReadonlyMap<string, bigint>;
  readonly logging?: RequestLogging;
}

export function modelConfig(name: string, basePath: string): ModelConfig {
  return {name, basePath, policy: LATEST, labels: new Map()};
}

/** What all models of a server share. */
export interface LifecycleSettings {
  readonly loader: Loader;
  readonly policy: TransitionPolicy;
  /** The wall clock, in ms: file times are compared with it. */
  readonly now: () => number;
  /** A folder without checksums is loaded once nothing in it has changed for so long: it may still be being copied. */
  readonly settleMs: number;
  /** Attempts after the first; then only a change of the files brings another. A version that has answered is tried on. */
  readonly maxRetries: number;
  /** The longest pause between two attempts. */
  readonly retryMs: number;
  readonly log: Log;
  /** Lets only so many loads run at once. */
  readonly limit: <T>(work: () => Promise<T>) => Promise<T>;
}
