import {toStatusError, type StatusError} from '../status/status.js';
import type {Copy} from '../engine/engine.js';
import type {Memory} from '../memory/resting-model.js';
import type {RecentRuns} from '../loading/recent-runs.js';
import type {Lease, Servable} from './servable.js';
import type {Phase} from './transition.js';

/** The states that TensorFlow Serving reports of a version. */
export type VersionState = 'UNKNOWN' | 'START' | 'LOADING' | 'AVAILABLE' | 'UNLOADING' | 'END';

export interface VersionStatus {
  readonly version: bigint;
  readonly state: VersionState;
  /** Why it could not be loaded; null when nothing is wrong with it. */
  readonly error: StatusError | null;
  /** How many requests it is answering now. */
  readonly inFlight: number;
  /** How many requests it has got since it was first listed. */
  readonly requests: number;
  /** What it takes in memory; null where nobody counts that, or it is not loaded. */
  readonly memory: Memory | null;
  /** Where it runs; empty as for a servable. */
  readonly copies: readonly Copy[];
  /** The signatures for which its requests are never batched. */
  readonly notBatched: readonly string[];
}

const STATES: Record<Phase, VersionState> = {
  new: 'START',
  loading: 'LOADING',
  ready: 'AVAILABLE',
  unloadRequested: 'UNLOADING',
  unloading: 'UNLOADING',
  disabled: 'END',
  error: 'END',
};

/** One version of a model, from its appearance on disk to its end: its phase, who uses it, why it failed. */
export class VersionRecord {
  aspired = true;
  phase: Phase = 'new';
  error: StatusError | null = null;
  /** Failed attempts to load, in a row. */
  failures = 0;
  /** Not before this time (ms) is it tried again. */
  retryAt = 0;
  /** What the folder looked like when last looked at. */
  fingerprint: string | null = null;
  /** Requests that it has got. */
  requests = 0;
  private servable: Servable | null = null;
  private leases = 0;
  private drained: (() => void) | null = null;

  constructor(
    readonly version: bigint,
    /** The path of the version's folder. */
    public folder: string,
  ) {}

  get status(): VersionStatus {
    const {version, phase, error, leases: inFlight, requests} = this;
    const {memory = null, notBatched = []} = this.servable ?? {};
    const copies = this.servable?.copies() ?? [];
    return {version, state: STATES[phase], error, inFlight, requests, memory, copies, notBatched: [...notBatched]};
  }

  /** Null while it is not loaded. */
  get recentRuns(): RecentRuns | null {
    return this.servable?.recentRuns ?? null;
  }

  ready(servable: Servable): void {
    this.servable = servable;
    this.phase = 'ready';
    this.error = null;
    this.failures = 0;
  }

  fail(error: unknown, retryAt: number): void {
    this.phase = 'error';
    this.error = toStatusError(error);
    this.failures++;
    this.retryAt = retryAt;
  }

  /** Null unless it is AVAILABLE. */
  lease(): Lease | null {
    const {servable} = this;
    if (this.phase !== 'ready' || servable === null) return null;
    this.leases++;
    let held = true;
    return {
      servable,
      release: () => {
        if (!held) throw new Error(`${servable.model}/${servable.version} was released twice`);
        held = false;
        if (--this.leases === 0) this.drained?.();
      },
    };
  }

  /** Takes it out of service: no new request gets it; once the last one is through, its memory is freed. */
  async unload(): Promise<void> {
    this.phase = 'unloading';
    if (this.leases > 0) await new Promise<void>(resolve => (this.drained = resolve));
    const {servable} = this;
    this.servable = null;
    await servable?.loaded.dispose();
    this.phase = 'disabled';
  }
}
