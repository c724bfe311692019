import {join} from 'node:path';
import {setTimeout as setTimeoutAsync} from 'node:timers/promises';
import {NO_CONTROL, saysNothing, type ModelControl} from '../control/control.js';
import {invalidArgument} from '../status/status.js';
import {lifecycleErrors} from './errors.js';
import {ManagedModel} from './managed-model.js';
import {modelsIn} from './model-root.js';
import {MountedFolder} from './mounted-folder.js';
import type {Asker, Lease, ModelSpec} from './servable.js';
import {modelConfig, type LifecycleSettings, type ModelConfig} from './settings.js';
import type {VersionStatus} from './versions/version-record.js';
import {doubts} from './versions/policy.js';

/** Between two looks at versions whose files may still be coming. */
const SETTLE_MS = 100;

/** Where the wanted models come from: a list, a folder of models, or both. */
export interface ModelSources {
  readonly configs: readonly ModelConfig[];
  /** Every folder in it that has a numbered version is a model; a listed config of the same name goes before it. */
  readonly modelRoot: string | null;
}

/** All models of the server: looks at the disk again and again, and hands out leases on what is loaded. */
export class ModelManager {
  private readonly models = new Map<string, ManagedModel>();
  private readonly retired = new Set<Promise<void>>();
  private readonly complaints = new Map<string, string>();
  private polling: Promise<void> | null = null;
  private pollMs: number | null = null;
  private polled = false;
  private readonly root = new MountedFolder();
  private closed = false;
  private timer: NodeJS.Timeout | null = null;

  constructor(
    private wantedSources: ModelSources,
    private readonly settings: LifecycleSettings,
    /** What operators said about models, those included that are not there yet. */
    private readonly controls = new Map<string, ModelControl>(),
  ) {}

  /** What is wanted now. */
  get sources(): ModelSources {
    return this.wantedSources;
  }

  /** Names in alphabetical order. */
  get names(): string[] {
    return [...this.models.keys()].sort();
  }

  /** The names of those too that are not there, but of which an operator said something. */
  get knownNames(): string[] {
    return [...new Set([...this.models.keys(), ...this.controls.keys()])].sort();
  }

  /** True when every wanted model has all its wanted versions AVAILABLE, once the disk was looked at. */
  get ready(): boolean {
    return this.polled && !this.closed && [...this.models.values()].every(model => model.ready);
  }

  /** @throws StatusError NOT_FOUND or INVALID_ARGUMENT when it is not AVAILABLE. */
  acquire(spec: ModelSpec, asker?: Asker): Lease {
    const model = this.models.get(spec.name);
    if (model === undefined) throw lifecycleErrors.noServable(spec.name, spec.version);
    return model.acquire(spec, asker);
  }

  /** Newest first. @throws StatusError NOT_FOUND when there is no such model, or not that version of it. */
  statuses(name: string, version?: bigint): VersionStatus[] {
    const all = this.states(name);
    if (version === undefined) {
      if (all.length === 0) throw lifecycleErrors.noVersions(name);
      return all;
    }
    const found = all.filter(status => status.version === version);
    if (found.length === 0) throw lifecycleErrors.noVersion(name, version);
    return found;
  }

  /** Newest first; empty when there is no such model. */
  states(name: string): VersionStatus[] {
    return this.models.get(name)?.statuses ?? [];
  }

  /** What requests get that name no version, and whether an operator wants it so; for a list of models as JSON. */
  live(name: string): {live_version?: string; pinned_version?: string} {
    const live = this.models.get(name)?.liveVersion ?? null;
    const {pin} = this.control(name);
    return {...(live !== null && {live_version: String(live)}), ...(pin !== null && {pinned_version: String(pin)})};
  }

  config(name: string): ModelConfig | undefined {
    return this.models.get(name)?.config;
  }

  /** What operators said about a model. */
  control(name: string): ModelControl {
    return this.controls.get(name) ?? NO_CONTROL;
  }

  setControl(name: string, control: ModelControl): void {
    if (saysNothing(control)) this.controls.delete(name);
    else this.controls.set(name, control);
    const model = this.models.get(name);
    if (model !== undefined) model.control = control;
  }

  /** True of a model that is there, or of which an operator said something. */
  knows(name: string): boolean {
    return this.models.has(name) || this.controls.has(name);
  }

  /** One model, for those who control it. */
  model(name: string): ManagedModel | undefined {
    return this.models.get(name);
  }

  /** Looks at one model's folder now. */
  async refresh(name: string): Promise<void> {
    const model = this.models.get(name);
    if (model !== undefined) await this.updateModel(model);
  }

  /**
   * Looks at the disk now, then again `pollMs` after each look; 0 means only once.
   * @throws StatusError INVALID_ARGUMENT when it was started with another interval already
   */
  async start(pollMs: number): Promise<void> {
    if (this.pollMs !== null && this.pollMs !== pollMs) {
      throw invalidArgument('Changing file_system_poll_wait_seconds is not supported');
    }
    if (this.pollMs !== null) return;
    this.pollMs = pollMs;
    await this.poll();
    if (pollMs <= 0) return;
    const again = (): void => {
      if (this.closed) return;
      this.timer = setTimeout(() => void this.poll().finally(again), pollMs);
    };
    again();
  }

  /** Replaces what is wanted: models left out are unloaded, new ones loaded. Resolves when that is under way. */
  async configure(sources: ModelSources): Promise<void> {
    while (this.polling !== null) await this.polling;
    this.wantedSources = sources;
    await this.poll();
  }

  /** Looks at the disk once, with a look that begins after the call. */
  async rescan(): Promise<void> {
    while (this.polling !== null) await this.polling;
    await this.poll();
  }

  /** Looks at the disk once. Never fails: what cannot be read is logged, and changes nothing. */
  poll(): Promise<void> {
    this.polling ??= this.look().finally(() => (this.polling = null));
    return this.polling;
  }

  /** Waits until no load or unload is running. */
  async idle(): Promise<void> {
    await Promise.all([...this.models.values()].map(model => model.idle()));
    await Promise.all(this.retired);
  }

  /** Waits until each version of these models that is wanted now is AVAILABLE or has failed. */
  async settled(names: readonly string[]): Promise<void> {
    for (;;) {
      await this.idle();
      const pending = names.some(name => this.states(name).some(({state}) => state === 'START' || state === 'LOADING'));
      if (!pending || this.closed) return;
      await setTimeoutAsync(SETTLE_MS);
      await this.poll();
    }
  }

  /** Takes no more requests, waits for those that run, frees everything. */
  async close(): Promise<void> {
    this.closed = true;
    if (this.timer !== null) clearTimeout(this.timer);
    await this.polling;
    for (const name of this.names) this.retire(name);
    await Promise.all(this.retired);
  }

  private async look(): Promise<void> {
    const wanted = await this.wanted();
    if (this.closed) return;
    for (const name of this.models.keys()) if (!wanted.has(name)) this.retire(name);
    for (const config of wanted.values()) {
      const model = this.models.get(config.name);
      if (model === undefined) this.models.set(config.name, this.add(config));
      else model.config = config;
    }
    await Promise.all([...this.models.values()].map(model => this.updateModel(model)));
    this.polled = true;
  }

  private add(config: ModelConfig): ManagedModel {
    const {pin} = this.control(config.name);
    if (pin !== null) this.settings.log('warning', `${config.name} is pinned to version ${pin}`);
    return new ManagedModel(config, this.settings, this.control(config.name));
  }

  private async updateModel(model: ManagedModel): Promise<void> {
    try {
      const folders = await model.folders();
      await model.update(folders);
      const troubles = doubts(folders, model.config.policy);
      if (troubles.length > 0) this.complain(model.name, `${model.name}: ${troubles.join('; ')}`);
      else this.complaints.delete(model.name);
    } catch (error) {
      this.complain(model.name, `${model.name}: cannot read its folder, what is loaded stays: ${reason(error)}`);
    }
  }

  private async wanted(): Promise<Map<string, ModelConfig>> {
    const wanted = new Map(this.wantedSources.configs.map(config => [config.name, config]));
    const {modelRoot} = this.wantedSources;
    if (modelRoot === null) return wanted;
    try {
      const entries = await this.root.read(modelRoot, () => modelsIn(modelRoot, name => this.models.has(name)));
      const troubles = entries.flatMap(({trouble}) => trouble ?? []);
      for (const {name, trouble} of entries) {
        if (trouble !== null) continue;
        const known = this.models.get(name)?.config;
        const path = join(modelRoot, name);
        if (!wanted.has(name)) wanted.set(name, known?.basePath === path ? known : modelConfig(name, path));
      }
      if (troubles.length > 0) this.complain('', `${modelRoot}: ${troubles.join('; ')}`);
      else this.complaints.delete('');
    } catch (error) {
      this.complain('', `cannot read the model root ${modelRoot}, what is loaded stays: ${reason(error)}`);
      for (const model of this.models.values()) if (!wanted.has(model.name)) wanted.set(model.name, model.config);
    }
    return wanted;
  }

  private retire(name: string): void {
    const model = this.models.get(name);
    if (model === undefined) return;
    this.models.delete(name);
    const done: Promise<void> = model.close().finally(() => this.retired.delete(done));
    this.retired.add(done);
  }

  /** Logs a trouble once, not at every poll. */
  private complain(about: string, text: string): void {
    if (this.complaints.get(about) === text) return;
    this.complaints.set(about, text);
    this.settings.log('warning', text);
  }
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
