import {toStatusError, type StatusError} from '../../status/status.js';
import type {Copy} from '../../engine/engine.js';
import type {Memory} from '../../memory/resting-model.js';
import type {CheckedFiles} from '../../loading/files/checked-files.js';
import type {RecentRuns} from '../../loading/recent-runs.js';
import type {Lease, Servable} from '../servable.js';
import {InService} from './in-service.js';
import type {Phase} from './transition.js';

/** The states that TensorFlow Serving reports of a version. */
export type VersionState = 'UNKNOWN' | 'START' | 'LOADING' | 'AVAILABLE' | 'UNLOADING' | 'END';

export interface VersionStatus {
  readonly version: bigint;
  readonly state: VersionState;
  /** Why it could not be loaded, or not again; null when nothing is wrong with it. */
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

/** One version of a model, from its appearance on disk to its end: its phase, what answers for it, why it failed. */
export class VersionRecord {
  aspired = true;
  phase: Phase = 'new';
  error: StatusError | null = null;
  /** Failed attempts to load, in a row. */
  failures = 0;
  /** The files that were there when last looked at; null when they could not be read. */
  found: CheckedFiles | null = null;
  /** Requests that it has got. */
  requests = 0;
  /** The files that it answered from, until it is unloaded as wished: it is loaded again from these or not at all. */
  files: CheckedFiles | null = null;
  private service: InService | null = null;

  constructor(
    readonly version: bigint,
    /** The path of the version's folder. */
    public folder: string,
  ) {}

  get status(): VersionStatus {
    const {version, phase, error, requests, servable} = this;
    const {memory = null, notBatched = []} = servable ?? {};
    const copies = servable?.copies() ?? [];
    const inFlight = this.service?.inFlight ?? 0;
    return {version, state: STATES[phase], error, inFlight, requests, memory, copies, notBatched: [...notBatched]};
  }

  /** What answers for it; null while it is not loaded. */
  get servable(): Servable | null {
    return this.service?.servable ?? null;
  }

  /** Null while it is not loaded. */
  get recentRuns(): RecentRuns | null {
    return this.servable?.recentRuns ?? null;
  }

  /** True when it should answer and did, but can no longer, nor was it unloaded as wished. */
  get lost(): boolean {
    return this.aspired && this.files !== null && this.phase !== 'ready';
  }

  ready(servable: Servable, files: CheckedFiles): void {
    this.service = new InService(servable);
    this.files = files;
    this.phase = 'ready';
    this.error = null;
    this.failures = 0;
  }

  fail(error: unknown): void {
    this.phase = 'error';
    this.error = toStatusError(error);
    this.failures++;
  }

  /** What answered for it can do so no longer. Resolves when that is freed; it may be loaded again meanwhile. */
  async lose(error: unknown): Promise<void> {
    this.fail(error);
    const {service} = this;
    this.service = null;
    await service?.end();
  }

  /** Lets it be loaded at the next look, however often that has failed. */
  tryAgain(): void {
    this.phase = 'new';
    this.failures = 0;
  }

  /** Null unless it is AVAILABLE. */
  lease(): Lease | null {
    return this.phase === 'ready' ? (this.service?.lease() ?? null) : null;
  }

  /** Takes it out of service: no new request gets it; once the last one is through, its memory is freed. */
  async unload(): Promise<void> {
    this.phase = 'unloading';
    this.files = null;
    try {
      await this.service?.end();
    } finally {
      this.service = null;
    }
    this.phase = 'disabled';
  }
}
