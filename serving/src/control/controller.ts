import type {ModelManager} from '../lifecycle/manager.js';
import type {VersionStatus} from '../lifecycle/versions/version-record.js';
import type {Log} from '../log.js';
import type {ShadowOrder} from '../traffic/shadow.js';
import type {Weights} from '../traffic/weights.js';
import {neededFor, type ModelControl} from './control.js';
import {ControlFault, faults} from './faults.js';
import {Locks} from './locks.js';
import type {ControlStore} from './store.js';
import {Patience, waitFor, waitForVersion} from './wait.js';

const MAX_LABELS = 100;

/**
 * What operators can do to models while the server runs. Each order is carried out whole or not at all, is kept before it
 * takes effect, and resolves when it has. Orders for one model are carried out one after the other.
 * Every method throws ControlFault with the reason when it changes nothing.
 */
export class ModelController {
  private readonly locks = new Locks();
  private readonly ended = new AbortController();

  constructor(
    private readonly models: ModelManager,
    private readonly store: ControlStore,
    private readonly log: Log,
  ) {}

  /** Loads a version if need be, and gives it to every request that names none. */
  pin(name: string, version: bigint, timeoutMs: number): Promise<void> {
    return this.order(name, async before => {
      if (before.unloaded) throw faults.unloaded(name);
      await this.withVersions(name, [version], timeoutMs, () =>
        this.put(name, {...before, pin: version}, `pinned to version ${version}`),
      );
    });
  }

  /** Gives requests that name no version the newest again. */
  unpin(name: string): Promise<void> {
    return this.order(name, async before => {
      if (before.pin !== null) await this.put(name, {...before, pin: null}, 'no longer pinned');
    });
  }

  /**
   * Divides requests that name no version among versions, which are loaded for it. What is not AVAILABLE leaves its share to
   * the others.
   */
  setWeights(name: string, weights: Weights, timeoutMs: number): Promise<void> {
    return this.order(name, async before => {
      if (before.unloaded) throw faults.unloaded(name);
      const parts = [...weights.shares].map(([version, share]) => `version ${version} has ${share}`);
      await this.withVersions(name, [...weights.shares.keys()], timeoutMs, () =>
        this.put(name, {...before, weights}, `weights: ${parts.join(', ')}`),
      );
    });
  }

  removeWeights(name: string): Promise<void> {
    return this.order(name, async before => {
      if (before.weights !== null) await this.put(name, {...before, weights: null}, 'no weights any more');
    });
  }

  /** Mirrors requests that name no version to another one, and compares its answers; clients never get them. */
  setShadow(name: string, shadow: ShadowOrder, timeoutMs: number): Promise<void> {
    return this.order(name, async before => {
      if (before.unloaded) throw faults.unloaded(name);
      await this.withVersions(name, [shadow.version], timeoutMs, () =>
        this.put(name, {...before, shadow}, `version ${shadow.version} shadows ${shadow.percent} % of requests`),
      );
    });
  }

  removeShadow(name: string): Promise<void> {
    return this.order(name, async before => {
      if (before.shadow !== null) await this.put(name, {...before, shadow: null}, 'no shadow any more');
    });
  }

  /** Points a label to a version, which is loaded for it. A new label may be there before its version. */
  setLabel(name: string, label: string, version: bigint, timeoutMs: number): Promise<void> {
    return this.order(name, async before => {
      const labels = new Map(before.labels).set(label, version);
      if (labels.size > MAX_LABELS) throw faults.tooManyLabels(name, MAX_LABELS);
      const text = `label "${label}" is version ${version}`;
      const set = (): Promise<void> => this.put(name, {...before, labels}, text);
      const old = this.models.model(name)?.labelled(label);
      if (before.unloaded) {
        if (old !== undefined && old !== version) throw faults.unloaded(name);
        return set();
      }
      try {
        await this.withVersions(name, [version], timeoutMs, set);
      } catch (error) {
        const absent = error instanceof ControlFault && error.code === 'no_such_version';
        if (!absent || (old !== undefined && old !== version)) throw error;
        await set();
      }
    });
  }

  removeLabel(name: string, label: string): Promise<void> {
    return this.order(name, async before => {
      const labels = new Map(before.labels);
      if (labels.delete(label)) await this.put(name, {...before, labels}, `label "${label}" is removed`);
      else if (this.models.config(name)?.labels.has(label)) throw faults.labelOfConfig(name, label);
    });
  }

  /** Takes a model into service again, or loads one of its versions that its policy does not want. */
  load(name: string, version: bigint | null, timeoutMs: number): Promise<void> {
    return this.order(name, async before => {
      if (version === null) return this.loadModel(name, before, timeoutMs);
      if (before.unloaded) throw faults.unloaded(name);
      await this.withVersions(name, [version], timeoutMs, () =>
        this.put(name, {...before, held: new Set(before.held).add(version)}, `version ${version} is held`),
      );
    });
  }

  /** Takes a model out of service, or frees a version that was loaded on request. */
  unload(name: string, version: bigint | null, timeoutMs: number): Promise<void> {
    return this.order(name, async before => {
      const patience = this.patience(timeoutMs);
      if (version === null) {
        await this.put(name, {...before, unloaded: true}, 'unloaded on request');
        return this.waitUntilGone(name, null, patience);
      }
      const held = new Set(before.held);
      held.delete(version);
      const byPolicy = this.models.model(name)?.wantedByPolicy(version) ? "the model's version policy" : null;
      const user = neededFor(before, version) ?? byPolicy;
      if (user !== null) throw faults.needed(name, version, user);
      if (held.size < before.held.size) await this.put(name, {...before, held}, `version ${version} is let go`);
      await this.waitUntilGone(name, version, patience);
    });
  }

  /** Looks at the disk for new models and versions, and waits until what was found is loaded or has failed. */
  async rescan(timeoutMs: number): Promise<void> {
    const patience = this.patience(timeoutMs);
    await this.models.rescan();
    for (const name of this.models.names) {
      await waitFor(this.models, name, 'loading what was found', patience, settled).catch(unlessGone);
    }
  }

  /** Gives up orders that wait: the server is on its way out. */
  stop(): void {
    this.ended.abort();
  }

  private patience(ms: number): Patience {
    return new Patience(ms, this.ended.signal);
  }

  private async loadModel(name: string, before: ModelControl, timeoutMs: number): Promise<void> {
    const next = {...before, unloaded: false};
    this.models.setControl(name, next);
    try {
      await waitFor(this.models, name, 'loading', this.patience(timeoutMs), (versions, {liveVersion, config}) => {
        if (!settled(versions)) return false;
        if (liveVersion !== null) return true;
        const failed = versions.find(({error}) => error !== null);
        if (failed?.error) throw faults.loadFailed(name, failed.version, failed.error);
        throw faults.noVersions(name, config.basePath);
      });
      if (before.unloaded) await this.put(name, next, 'loaded on request');
    } catch (error) {
      this.models.setControl(name, before);
      await this.models.refresh(name);
      throw error;
    }
  }

  /** Loads versions for as long as `work` takes, which sees to it that those stay that are wanted. */
  private async withVersions(
    name: string,
    versions: readonly bigint[],
    timeoutMs: number,
    work: () => Promise<void>,
  ): Promise<void> {
    const model = this.models.model(name);
    if (model === undefined) throw faults.noModel(name);
    const patience = this.patience(timeoutMs);
    const trials = versions.map(version => model.tryVersion(version));
    try {
      for (const version of versions) await waitForVersion(this.models, name, version, patience);
      await work();
    } finally {
      for (const end of trials) end();
      await this.models.refresh(name);
    }
  }

  private async waitUntilGone(name: string, version: bigint | null, patience: Patience): Promise<void> {
    await waitFor(this.models, name, 'unloading', patience, versions =>
      versions.every(status => (version !== null && status.version !== version) || status.state === 'END'),
    ).catch(unlessGone);
  }

  /** Keeps what is said, then puts it in force. */
  private async put(name: string, control: ModelControl, text: string): Promise<void> {
    try {
      await this.store.write(name, control);
    } catch (error) {
      throw faults.notKept(name, error);
    }
    this.models.setControl(name, control);
    this.log('info', `${name}: ${text}`);
    await this.models.refresh(name);
  }

  private order(name: string, work: (before: ModelControl) => Promise<void>): Promise<void> {
    return this.locks.run(name, async () => {
      // It may have come since the last look at the disk.
      if (!this.models.knows(name)) await this.models.rescan();
      if (!this.models.knows(name)) throw faults.noModel(name);
      await work(this.models.control(name));
    });
  }
}

function settled(versions: readonly VersionStatus[]): boolean {
  return versions.every(({state}) => state !== 'START' && state !== 'LOADING');
}

/** A model that went away in the meantime is gone all the more. */
function unlessGone(error: unknown): void {
  if (!(error instanceof ControlFault && error.code === 'no_such_model')) throw error;
}
