import {join} from 'node:path';
import {lifecycleErrors} from './errors.js';
import type {Loader} from './loader.js';
import type {Lease, ModelSpec} from './servable.js';
import type {TransitionPolicy} from './transition.js';
import {fingerprint, hasChecksums} from './version-folder.js';
import {VersionRecord, type VersionStatus} from './version-record.js';
import {LATEST, aspire, type VersionPolicy} from './versions.js';

export interface ModelConfig {
  readonly name: string;
  readonly basePath: string;
  readonly policy: VersionPolicy;
  readonly labels: ReadonlyMap<string, bigint>;
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
  private newest: VersionRecord | null = null;

  constructor(
    public config: ModelConfig,
    private readonly settings: LifecycleSettings,
  ) {}

  get name(): string {
    return this.config.name;
  }

  /** Newest first. */
  get statuses(): VersionStatus[] {
    return [...this.records.values()].map(record => record.status).sort((a, b) => (a.version > b.version ? -1 : 1));
  }

  /** True when every wanted version is AVAILABLE, and there is one. */
  get ready(): boolean {
    const wanted = [...this.records.values()].filter(({aspired}) => aspired);
    return wanted.length > 0 && wanted.every(({phase}) => phase === 'ready');
  }

  /** True when some version answers. */
  get available(): boolean {
    return this.newest !== null;
  }

  /** True when nothing is loaded nor on its way. */
  get gone(): boolean {
    return (
      this.actions.size === 0 && [...this.records.values()].every(({phase}) => ENDED.has(phase) || phase === 'new')
    );
  }

  /** @throws StatusError NOT_FOUND or INVALID_ARGUMENT when no such version is AVAILABLE. */
  acquire(spec: ModelSpec): Lease {
    let {version} = spec;
    if (spec.label !== undefined) {
      version = this.config.labels.get(spec.label);
      if (version === undefined) throw lifecycleErrors.noLabel(spec.label);
    }
    const record = version === undefined ? this.newest : this.records.get(version);
    const lease = record?.lease() ?? null;
    if (lease === null) throw lifecycleErrors.noServable(this.name, version);
    return lease;
  }

  /**
   * Says which folders there are now and starts what follows from it; resolves when the decisions are made, not when the
   * loads are done.
   */
  async update(folders: readonly string[]): Promise<void> {
    const aspired = aspire(folders, this.config.policy);
    for (const [version, record] of this.records) {
      record.aspired = aspired.has(version);
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
    this.records.forEach(record => (record.aspired = false));
    this.settleable.clear();
    for (;;) {
      this.act();
      if (this.actions.size === 0) return;
      await Promise.all(this.actions);
    }
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
      if (record.phase === 'new') record.fail(error, now() + FIRST_RETRY_MS);
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
    try {
      const started = performance.now();
      const servable = await settings.limit(() => settings.loader.load({model: name, version, folder}));
      record.ready(servable);
      this.findNewest();
      settings.log('info', `${name}/${version} is AVAILABLE, loaded in ${Math.round(performance.now() - started)} ms`);
    } catch (error) {
      const pause = Math.min(settings.retryMs, FIRST_RETRY_MS * 2 ** record.failures);
      record.fail(error, settings.now() + pause);
      settings.log('error', `${name}/${version} is not served: ${record.error?.message}`);
    }
  }

  private async unload(record: VersionRecord): Promise<void> {
    record.phase = 'unloadRequested';
    this.findNewest();
    try {
      await record.unload();
      this.settings.log('info', `${this.name}/${record.version} is unloaded`);
    } catch (error) {
      record.fail(error, Infinity);
      this.settings.log('error', `${this.name}/${record.version} could not be unloaded: ${record.error?.message}`);
    }
  }

  private findNewest(): void {
    this.newest = [...this.records.values()].reduce<VersionRecord | null>(
      (best, record) => (record.phase === 'ready' && (best === null || record.version > best.version) ? record : best),
      null,
    );
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
