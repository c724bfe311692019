import type {LoadedModel} from '@ingot/tensorflow/session';
import type {Copy} from '../engine/engine.js';
import type {Memory} from '../memory/resting-model.js';
import type {SignatureDefs} from '../codec/saved-model.js';
import type {RecentRuns} from '../loading/recent-runs.js';

/** One version of a model, loaded and able to answer. */
export interface Servable {
  readonly model: string;
  readonly version: bigint;
  readonly loaded: LoadedModel;
  readonly signatureDefs: SignatureDefs;
  /** What it takes in memory; null where nobody counts that. */
  readonly memory: Memory | null;
  /** Where it runs now; empty where nobody says where models run, or while it is not in memory. */
  readonly copies: () => readonly Copy[];
  /** Signatures for which requests are never batched, since their answers depend on what else is in a batch. */
  readonly notBatched: ReadonlySet<string>;
  readonly recentRuns: RecentRuns;
}

/** Keeps a servable loaded until it is released; releasing twice is an error of the caller. */
export interface Lease {
  readonly servable: Servable;
  release(): void;
}

/** Who asks: what the choice of a version may go by, and where it is noted which one was chosen. */
export interface Asker {
  /** Of an HTTP request: names in lower case. */
  readonly headers?: Readonly<Record<string, string | string[] | undefined>>;
  /** Of a gRPC call. */
  readonly metadata?: {get(name: string): readonly (string | Buffer)[]};
  answeredBy?: Servable;
}

/** What a request asks for: a version, a label, or else what requests get that name neither. */
export interface ModelSpec {
  readonly name: string;
  readonly version?: bigint;
  readonly label?: string;
}
