import {CheckedFiles} from '../../loading/files/checked-files.js';
import type {LoadRequest} from '../../loading/loader.js';
import {unreadable} from '../../loading/files/version-folder.js';
import type {Front} from '../front.js';
import type {Servable} from '../servable.js';
import type {LifecycleSettings} from '../settings.js';
import {VersionRecord} from './version-record.js';

/** Versions in END that stay listed, so that the list does not grow for ever. */
const ENDED_KEPT = 10;
const ENDED: ReadonlySet<string> = new Set(['disabled', 'error']);
const FIRST_RETRY_MS = 1000;

/** What should be served of a model, and what there is. */
export interface Wanted {
  /** The path of each version's folder. */
  readonly aspired: ReadonlyMap<bigint, string>;
  /** The paths of all folders that are there. */
  readonly folders: ReadonlySet<string>;
  /** Goes on without its folder, once it has answered: nothing else may answer in its place. */
  readonly pinned: bigint | null;
}

/** Brings the versions of a model that are in memory in line with those on disk, without ever giving one up too early. */
export class VersionKeeper {
  readonly records = new Map<bigint, VersionRecord>();
  private readonly actions = new Set<Promise<void>>();
  /** Those of them that nobody has to wait for when all is over. */
  private readonly loads = new Set<Promise<void>>();
  /** Versions whose files look complete. */
  private readonly settleable = new Set<VersionRecord>();
  /** Versions that are not tried anew yet. */
  private readonly pauses = new Map<VersionRecord, NodeJS.Timeout>();
  private updating: Promise<void> = Promise.resolve();
  private wanted: () => Wanted = () => ({aspired: new Map(), folders: new Set(), pinned: null});
  private closed = false;

  constructor(
    private readonly model: string,
    private readonly settings: LifecycleSettings,
    /** What has to know when a version has become ready, or is no longer. */
    private readonly front: () => Front,
  ) {}

  /**
   * Starts what follows from what is wanted; resolves when the decisions are made, not when the loads are done.
   * @param wanted asked when its turn comes, and again when a version is to be tried anew
   */
  update(wanted: () => Wanted): Promise<void> {
    this.wanted = wanted;
    return this.again();
  }

  /** Unloads everything, once what is running is through; what is being loaded goes as soon as it is there. */
  async close(): Promise<void> {
    this.closed = true;
    this.records.forEach(record => (record.aspired = false));
    this.settleable.clear();
    this.pauses.forEach(clearTimeout);
    for (;;) {
      this.act();
      const unloads = [...this.actions].filter(action => !this.loads.has(action));
      if (unloads.length === 0) return;
      await Promise.all(unloads);
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

  private again(): Promise<void> {
    // One after the other: what two looks at the same files conclude must not cross.
    const done = this.updating.then(() => this.look());
    this.updating = done.catch(() => undefined);
    return done;
  }

  private async look(): Promise<void> {
    if (this.closed) return;
    const {aspired, folders, pinned} = this.wanted();
    for (const [version, record] of this.records) {
      record.aspired = aspired.has(version) || (version === pinned && record.files !== null);
      // A version that came back, or was given up and is wanted again, starts over.
      if (record.aspired && record.phase === 'disabled') this.records.delete(version);
      if (!record.aspired && (record.phase === 'new' || !folders.has(record.folder))) {
        if (record.phase === 'new' || record.phase === 'error') this.records.delete(version);
      }
    }
    for (const [version, folder] of aspired) {
      this.records.set(version, this.records.get(version) ?? new VersionRecord(version, folder));
    }
    this.forgetEnded();
    await Promise.all([...this.records.values()].map(record => this.inspect(record)));
    this.act();
  }

  /** Looks at the files of versions that wait. */
  private async inspect(record: VersionRecord): Promise<void> {
    if (!record.aspired || (record.phase !== 'new' && record.phase !== 'error')) return;
    try {
      if (!(await this.isWorthLoading(record))) return;
      record.phase = 'new';
      this.settleable.add(record);
    } catch (error) {
      this.refuse(record, error);
    }
  }

  /** Are they complete, are they worth another attempt? @throws StatusError why they can be loaded by no means */
  private async isWorthLoading(record: VersionRecord): Promise<boolean> {
    const {now, settleMs, maxRetries, loader} = this.settings;
    const isNew = record.phase === 'new';
    const before = record.found;
    try {
      record.found = await CheckedFiles.of(record.folder);
    } catch (error) {
      record.found = null;
      if (isNew) throw unreadable(error);
      return false;
    }
    const {found} = record;
    const changed = before?.text !== found.text;
    if (!isNew) {
      if (changed) record.failures = 0;
      // What has answered is worth trying for as long as it is wanted: it may be the file server that is away.
      const givenUp = record.failures > maxRetries && !record.lost;
      if (!changed && (givenUp || this.pauses.has(record))) return false;
    }
    const isWhole = isNew && found.hasChecksums;
    if (changed && !isWhole && now() - found.changedAt < settleMs) return false;
    await record.files?.check(loader.reader);
    return true;
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
      if (action.kind === 'unload') this.track(this.unload(record));
      else this.loads.add(this.track(this.load(record)));
    }
  }

  /** @param work that never rejects */
  private track(work: Promise<void>): Promise<void> {
    const tracked: Promise<void> = work.then(() => {
      this.actions.delete(tracked);
      this.loads.delete(tracked);
      this.act();
    });
    this.actions.add(tracked);
    return tracked;
  }

  private async load(record: VersionRecord): Promise<void> {
    const {settings, model} = this;
    record.phase = 'loading';
    this.settleable.delete(record);
    const {version, folder} = record;
    // Looked at, or it would not be here.
    const files = record.files ?? (record.found as CheckedFiles);
    let loaded: Servable | null = null;
    const onLost = (reason: unknown): void => {
      if (loaded !== null && record.servable === loaded) this.lose(record, reason);
    };
    const work = async (): Promise<void> => {
      const request: LoadRequest = {model, version, folder, files, before: this.front().recentRuns, onLost};
      loaded = await settings.loader.load(request);
      record.ready(loaded, files);
    };
    try {
      const started = performance.now();
      await settings.limit(work);
      this.front().update();
      settings.log('info', `${model}/${version} is AVAILABLE, loaded in ${Math.round(performance.now() - started)} ms`);
    } catch (error) {
      // What it needs may be gone by now.
      if (!this.closed) this.refuse(record, error);
    }
  }

  private refuse(record: VersionRecord, error: unknown): void {
    this.pause(record);
    record.fail(error);
    this.settings.log('error', `${this.model}/${record.version} is not served: ${record.error?.message}`);
  }

  /** It was AVAILABLE, and is to be loaded again as if it had never been. */
  private lose(record: VersionRecord, reason: unknown): void {
    this.pause(record);
    const freed = record.lose(reason);
    this.front().update();
    this.settings.log('error', `${this.model}/${record.version} is served no more: ${record.error?.message}`);
    this.track(freed.catch(error => this.notFreed(record, error)));
  }

  /** Looks at a version again after a while that fails now, whether somebody looks at the disk then or not. */
  private pause(record: VersionRecord): void {
    clearTimeout(this.pauses.get(record));
    const again = (): void => {
      this.pauses.delete(record);
      void this.again();
    };
    const pauseMs = Math.min(this.settings.retryMs, FIRST_RETRY_MS * 2 ** record.failures);
    this.pauses.set(record, setTimeout(again, pauseMs).unref());
  }

  private async unload(record: VersionRecord): Promise<void> {
    record.phase = 'unloadRequested';
    this.front().update();
    try {
      await record.unload();
      this.settings.log('info', `${this.model}/${record.version} is unloaded`);
    } catch (error) {
      record.fail(error);
      this.notFreed(record, error);
    }
  }

  private notFreed({version}: VersionRecord, error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    this.settings.log('error', `${this.model}/${version} could not be unloaded: ${reason}`);
  }

  private forgetEnded(): void {
    const ended = [...this.records.values()].filter(({phase, aspired}) => !aspired && ENDED.has(phase));
    ended.sort((a, b) => (a.version > b.version ? -1 : 1));
    for (const {version} of ended.slice(ENDED_KEPT)) this.records.delete(version);
  }
}
