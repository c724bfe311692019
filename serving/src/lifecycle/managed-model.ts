import {join} from 'node:path';
import {NO_CONTROL, versionsNeeded, type ModelControl} from '../control/control.js';
import type {StatusError} from '../status/status.js';
import type {ShadowCounts} from '../traffic/shadow.js';
import {lifecycleErrors} from './errors.js';
import {Front} from './front.js';
import type {RequestLogging} from '../logging/request-log.js';
import type {Loader, LoadRequest} from '../loading/loader.js';
import type {Asker, Lease, ModelSpec} from './servable.js';
import type {TransitionPolicy} from './transition.js';
import {fingerprint, hasChecksums, unreadable} from '../loading/version-folder.js';
import {VersionRecord, type VersionStatus} from './version-record.js';
import {LATEST, aspire, type VersionPolicy} from './versions.js';

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
  /** Attempts after the first; then only a change of the files brings another. */
  readonly maxRetries: number;
  /** The longest pause between two attempts. */
  readonly retryMs: number;
  readonly log: (level: 'info' | 'warning' | 'error', text: string) => void;
  /** Lets only so many loads run at once. */
  readonly limit: <T>(work: () => Promise<T>) => Promise<T>;
}

/** Versions in END that stay listed, so that the list does not grow for ever. */
const ENDED_KEPT = 10;
const FIRST_RETRY_MS = 1000;

/** One model: its versions on disk brought in line with those in memory, without ever giving up a version too early. */
export class ManagedModel {
  private readonly records = new Map<bigint, VersionRecord>();
  private readonly actions = new Set<Promise<void>>();
  /** Versions whose files look complete. */
  private readonly settleable = new Set<VersionRecord>();
  /** Versions that are loaded for as long as somebody waits to see whether they can be. */
  private readonly trials = new Map<bigint, number>();
  private readonly front: Front;
  private updating: Promise<void> = Promise.resolve();
  private closed = false;
  private byPolicy: ReadonlySet<bigint> = new Set();

  constructor(
    public config: ModelConfig,
    private readonly settings: LifecycleSettings,
    control: ModelControl = NO_CONTROL,
  ) {
    this.front = new Front(config.name, this.records, control);
  }

  get name(): string {
    return this.config.name;
  }

  /** Newest first. */
  get statuses(): VersionStatus[] {
    return [...this.records.values()].map(record => record.status).sort((a, b) => (a.version > b.version ? -1 : 1));
  }

  /** True when every wanted version is AVAILABLE, and one answers; or when the model is to be unloaded. */
  get ready(): boolean {
    if (this.control.unloaded) return true;
    const wanted = [...this.records.values()].filter(({aspired}) => aspired);
    return this.front.version !== null && wanted.length > 0 && wanted.every(({phase}) => phase === 'ready');
  }

  /** The version that requests get which name none, or most of them; null when they get none. */
  get liveVersion(): bigint | null {
    return this.front.version;
  }

  get control(): ModelControl {
    return this.front.control;
  }

  /** What operators say from now on. Which version answers follows at once, loads and unloads with the next update. */
  set control(control: ModelControl) {
    this.front.control = control;
  }

  /** What became of the requests that were mirrored; null when none are. */
  get shadowCounts(): ShadowCounts | null {
    return this.front.shadowCounts;
  }

  /**
   * Wants a version to be loaded, from the next update on, until the function that is returned is called. A version that
   * failed to load is tried anew.
   */
  tryVersion(version: bigint): () => void {
    this.trials.set(version, (this.trials.get(version) ?? 0) + 1);
    if (this.records.get(version)?.phase === 'error') this.records.delete(version);
    return () => {
      const left = (this.trials.get(version) ?? 1) - 1;
      if (left > 0) this.trials.set(version, left);
      else this.trials.delete(version);
    };
  }

  /** Whether the model's policy wanted this version at the last look at the disk. */
  wantedByPolicy(version: bigint): boolean {
    return this.byPolicy.has(version);
  }

  /**
   * Takes a version into use: the one that is asked for, or the one that a request gets which asks for none.
   * @throws StatusError NOT_FOUND or INVALID_ARGUMENT when no such version is AVAILABLE.
   */
  acquire(spec: ModelSpec, asker?: Asker): Lease {
    let {version} = spec;
    if (spec.label !== undefined) {
      version = this.labelled(spec.label);
      if (version === undefined) throw lifecycleErrors.noLabel(spec.label);
    }
    const record = (version === undefined ? this.front.choose(asker) : this.records.get(version)) ?? null;
    const taken = record?.lease() ?? null;
    if (record === null || taken === null) throw this.absent(version);
    const lease = version === undefined ? this.front.shadowed(taken) : taken;
    if (asker !== undefined) {
      asker.answeredBy = lease.servable;
      record.requests++;
    }
    return lease;
  }

  private absent(version: bigint | undefined): StatusError {
    const {pin, unloaded} = this.control;
    const pinned = version === undefined && pin !== null && !unloaded;
    return pinned ? lifecycleErrors.pinnedAway(this.name, pin) : lifecycleErrors.noServable(this.name, version);
  }

  /** The version that a label stands for. */
  labelled(label: string): bigint | undefined {
    return this.control.labels.get(label) ?? this.config.labels.get(label);
  }

  /**
   * Says which folders there are now and starts what follows from it; resolves when the decisions are made, not when the
   * loads are done.
   */
  update(folders: readonly string[]): Promise<void> {
    // One after the other: what two looks at the same files conclude must not cross.
    const done = this.updating.then(() => this.look(folders));
    this.updating = done.catch(() => undefined);
    return done;
  }

  private async look(folders: readonly string[]): Promise<void> {
    if (this.closed) return;
    const {pin, unloaded} = this.control;
    const also = new Set([...versionsNeeded(this.control), ...this.trials.keys()]);
    this.byPolicy = new Set(aspire(folders, this.config.policy).keys());
    const aspired = unloaded ? new Map<bigint, string>() : aspire(folders, this.config.policy, also);
    for (const [version, record] of this.records) {
      // The pinned version goes on without its folder: nothing else may answer in its place.
      const pinned = !unloaded && version === pin && record.phase === 'ready';
      record.aspired = aspired.has(version) || pinned;
      // A version that came back, or was given up and is wanted again, starts over.
      if (record.aspired && record.phase === 'disabled') this.records.delete(version);
      if (!record.aspired && (record.phase === 'new' || !folders.includes(folderName(record)))) {
        if (record.phase === 'new' || record.phase === 'error') this.records.delete(version);
      }
    }
    for (const [version, folder] of aspired) {
      const record = this.records.get(version) ?? new VersionRecord(version, join(this.config.basePath, folder));
      this.records.set(version, record);
    }
    this.forgetEnded();
    await Promise.all([...this.records.values()].map(record => this.inspect(record)));
    this.act();
  }

  /** Unloads everything, once what is running is through. */
  async close(): Promise<void> {
    this.closed = true;
    this.records.forEach(record => (record.aspired = false));
    this.settleable.clear();
    for (;;) {
      this.act();
      if (this.actions.size === 0) return;
      await Promise.all(this.actions);
    }
  }

  /** Resolves when one of the loads and unloads that are running is through; at once when none is. */
  async progress(): Promise<void> {
    await Promise.race(this.actions.size > 0 ? this.actions : [undefined]);
  }

  /** Waits for the loads and unloads that are running. */
  async idle(): Promise<void> {
    while (this.actions.size > 0) await Promise.all(this.actions);
  }

  /** Looks at the files of versions that wait: are they complete, are they worth another attempt? */
  private async inspect(record: VersionRecord): Promise<void> {
    if (!record.aspired || (record.phase !== 'new' && record.phase !== 'error')) return;
    const {now, settleMs, maxRetries} = this.settings;
    try {
      if (record.phase === 'new' && (await hasChecksums(record.folder))) {
        record.fingerprint ??= (await fingerprint(record.folder)).text;
        this.settleable.add(record);
        return;
      }
      const {text, changedAt} = await fingerprint(record.folder);
      const changed = record.fingerprint !== text;
      record.fingerprint = text;
      if (record.phase === 'error') {
        if (changed) record.failures = 0;
        if (!changed && (record.failures > maxRetries || now() < record.retryAt)) return;
      }
      if (!changed || now() - changedAt >= settleMs) {
        record.phase = 'new';
        this.settleable.add(record);
      }
    } catch (error) {
      if (record.phase === 'new') this.refuse(record, unreadable(error), now() + FIRST_RETRY_MS);
    }
  }

  /** Starts every action that the policy allows now. */
  private act(): void {
    for (;;) {
      const views = [...this.records.values()].map(record => ({
        version: record.version,
        aspired: record.aspired,
        // A version whose files are still coming is not yet there for the policy.
        phase: record.phase === 'new' && !this.settleable.has(record) ? ('loading' as const) : record.phase,
      }));
      const action = this.settings.policy(views);
      const record = action === null ? undefined : this.records.get(action.version);
      if (action === null || record === undefined) return;
      const work = action.kind === 'load' ? this.load(record) : this.unload(record);
      const tracked: Promise<void> = work.finally(() => {
        this.actions.delete(tracked);
        this.act();
      });
      this.actions.add(tracked);
    }
  }

  private async load(record: VersionRecord): Promise<void> {
    const {settings, name} = this;
    record.phase = 'loading';
    this.settleable.delete(record);
    const {version, folder} = record;
    const request = (): LoadRequest => ({model: name, version, folder, before: this.front.recentRuns});
    try {
      const started = performance.now();
      const servable = await settings.limit(() => settings.loader.load(request()));
      record.ready(servable);
      this.front.update();
      settings.log('info', `${name}/${version} is AVAILABLE, loaded in ${Math.round(performance.now() - started)} ms`);
    } catch (error) {
      const pause = Math.min(settings.retryMs, FIRST_RETRY_MS * 2 ** record.failures);
      this.refuse(record, error, settings.now() + pause);
    }
  }

  private refuse(record: VersionRecord, error: unknown, retryAt: number): void {
    record.fail(error, retryAt);
    this.settings.log('error', `${this.name}/${record.version} is not served: ${record.error?.message}`);
  }

  private async unload(record: VersionRecord): Promise<void> {
    record.phase = 'unloadRequested';
    this.front.update();
    try {
      await record.unload();
      this.settings.log('info', `${this.name}/${record.version} is unloaded`);
    } catch (error) {
      record.fail(error, Infinity);
      this.settings.log('error', `${this.name}/${record.version} could not be unloaded: ${record.error?.message}`);
    }
  }

  private forgetEnded(): void {
    const ended = [...this.records.values()].filter(({phase, aspired}) => !aspired && ENDED.has(phase));
    ended.sort((a, b) => (a.version > b.version ? -1 : 1));
    for (const {version} of ended.slice(ENDED_KEPT)) this.records.delete(version);
  }
}

const ENDED: ReadonlySet<string> = new Set(['disabled', 'error']);

function folderName(record: VersionRecord): string {
  return record.folder.slice(record.folder.lastIndexOf('/') + 1);
}
