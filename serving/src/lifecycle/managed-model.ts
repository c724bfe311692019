import {readdir} from 'node:fs/promises';
import {join} from 'node:path';
import {NO_CONTROL, versionsNeeded, type ModelControl} from '../control/control.js';
import type {StatusError} from '../status/status.js';
import type {ShadowCounts} from '../traffic/shadow.js';
import {lifecycleErrors} from './errors.js';
import {Front} from './front.js';
import {MountedFolder} from './mounted-folder.js';
import type {Asker, Lease, ModelSpec} from './servable.js';
import type {LifecycleSettings, ModelConfig} from './settings.js';
import {VersionKeeper, type Wanted} from './versions/keeper.js';
import {aspire} from './versions/policy.js';
import type {VersionRecord, VersionStatus} from './versions/version-record.js';

/** One model: which of its versions are wanted, and which one a request gets. */
export class ManagedModel {
  private readonly versions: VersionKeeper;
  private readonly front: Front;
  /** Versions that are loaded for as long as somebody waits to see whether they can be. */
  private readonly trials = new Map<bigint, number>();
  private readonly base = new MountedFolder();
  private byPolicy: ReadonlySet<bigint> = new Set();

  constructor(
    public config: ModelConfig,
    settings: LifecycleSettings,
    control: ModelControl = NO_CONTROL,
  ) {
    this.versions = new VersionKeeper(config.name, settings, () => this.front);
    this.front = new Front(config.name, this.versions.records, control);
  }

  get name(): string {
    return this.config.name;
  }

  /** Newest first. */
  get statuses(): VersionStatus[] {
    return this.records.map(record => record.status);
  }

  /** True when every wanted version is AVAILABLE, and one answers; or when the model is to be unloaded. */
  get ready(): boolean {
    if (this.control.unloaded) return true;
    const wanted = this.records.filter(({aspired}) => aspired);
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

  /** Newest first. */
  private get records(): VersionRecord[] {
    return [...this.versions.records.values()].sort((a, b) => (a.version > b.version ? -1 : 1));
  }

  /**
   * Wants a version to be loaded, from the next update on, until the function that is returned is called. A version that
   * failed to load is tried anew.
   */
  tryVersion(version: bigint): () => void {
    this.trials.set(version, (this.trials.get(version) ?? 0) + 1);
    const record = this.versions.records.get(version);
    if (record?.phase === 'error') record.tryAgain();
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
   * @throws StatusError NOT_FOUND or INVALID_ARGUMENT when no such version is AVAILABLE; UNAVAILABLE when it was, and cannot be
   * loaded again
   */
  acquire(spec: ModelSpec, asker?: Asker): Lease {
    let {version} = spec;
    if (spec.label !== undefined) {
      version = this.labelled(spec.label);
      if (version === undefined) throw lifecycleErrors.noLabel(spec.label);
    }
    const record = (version === undefined ? this.front.choose(asker) : this.versions.records.get(version)) ?? null;
    const taken = record?.lease() ?? null;
    if (record === null || taken === null) throw this.absent(version);
    const lease = version === undefined ? this.front.shadowed(taken) : taken;
    if (asker !== undefined) {
      asker.answeredBy = lease.servable;
      record.requests++;
    }
    return lease;
  }

  /** The version that a label stands for. */
  labelled(label: string): bigint | undefined {
    return this.control.labels.get(label) ?? this.config.labels.get(label);
  }

  /** The names of what is in its folder now. @throws why that cannot be told */
  folders(): Promise<readonly string[]> {
    const {basePath} = this.config;
    return this.base.read(basePath, () => readdir(basePath));
  }

  /**
   * Says which folders there are now and starts what follows from it; resolves when the decisions are made, not when the
   * loads are done.
   */
  update(folders: readonly string[]): Promise<void> {
    return this.versions.update(() => this.wanted(folders));
  }

  /** Unloads everything, once what is running is through. */
  close(): Promise<void> {
    return this.versions.close();
  }

  /** Resolves when one of the loads and unloads that are running is through; at once when none is. */
  progress(): Promise<void> {
    return this.versions.progress();
  }

  /** Waits for the loads and unloads that are running. */
  idle(): Promise<void> {
    return this.versions.idle();
  }

  private wanted(folders: readonly string[]): Wanted {
    const {basePath, policy} = this.config;
    const {pin, unloaded} = this.control;
    const also = new Set([...versionsNeeded(this.control), ...this.trials.keys()]);
    this.byPolicy = new Set(aspire(folders, policy).keys());
    const aspired = unloaded ? [] : [...aspire(folders, policy, also)];
    return {
      aspired: new Map(aspired.map(([version, folder]) => [version, join(basePath, folder)])),
      folders: new Set(folders.map(folder => join(basePath, folder))),
      pinned: unloaded ? null : pin,
    };
  }

  private absent(version: bigint | undefined): StatusError {
    const {pin, unloaded} = this.control;
    const pinned = version === undefined && pin !== null && !unloaded;
    const meant = version ?? (pinned ? pin : undefined);
    const lost = this.records.find(record => record.lost && (meant === undefined || record.version === meant));
    if (lost?.error) return lifecycleErrors.lost(this.name, lost.version, lost.error.message);
    return pinned ? lifecycleErrors.pinnedAway(this.name, pin) : lifecycleErrors.noServable(this.name, version);
  }
}
