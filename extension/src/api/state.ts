import type {DeployedModel, Deployment} from '@ingot/deployer/deployment';
import type {IDisposable} from '@lumino/disposable';
import {Signal, type ISignal} from '@lumino/signaling';
import {asProblem, type Problem} from './errors.js';

/** What the state is read from. */
export interface StateSource {
  models(): Promise<DeployedModel[]>;
  deployments(): Promise<Deployment[]>;
}

/** What the deployer said last: the panel and the status bar show it, and nothing here outlives the page. */
export class DeployerState implements IDisposable {
  constructor(private readonly source: StateSource) {}

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** False until the deployer answered once. */
  get loaded(): boolean {
    return this._loaded;
  }

  get models(): readonly DeployedModel[] {
    return this._models;
  }

  /** Newest first. */
  get deployments(): readonly Deployment[] {
    return this._deployments;
  }

  /** Why the last look at the deployer failed, or null. */
  get problem(): Problem | null {
    return this._problem;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /**
   * Asks the deployer.
   * @throws Problem, which is kept in `problem` too; what was known before stays shown.
   */
  async refresh(): Promise<void> {
    try {
      const [models, deployments] = await Promise.all([this.source.models(), this.source.deployments()]);
      this._models = models;
      this._deployments = deployments.map(fresh => newer(fresh, this.find(fresh.id)));
      this._loaded = true;
      this._problem = null;
    } catch (error) {
      this._problem = asProblem(error);
      throw this._problem;
    } finally {
      this.emit();
    }
  }

  /** Takes in a snapshot that came another way, e.g. while a deployment was followed. */
  note(snapshot: Deployment): void {
    const known = this.find(snapshot.id);
    this._deployments =
      known === undefined
        ? [snapshot, ...this._deployments]
        : this._deployments.map(one => (one.id === snapshot.id ? newer(snapshot, one) : one));
    this.emit();
  }

  find(id: string): Deployment | undefined {
    return this._deployments.find(deployment => deployment.id === id);
  }

  dispose(): void {
    if (this._isDisposed) return;
    this._isDisposed = true;
    Signal.clearData(this);
  }

  private emit(): void {
    if (!this._isDisposed) this._changed.emit();
  }

  private readonly _changed = new Signal<this, void>(this);
  private _models: readonly DeployedModel[] = [];
  private _deployments: readonly Deployment[] = [];
  private _problem: Problem | null = null;
  private _loaded = false;
  private _isDisposed = false;
}

/** A slow answer must not set back what a quicker one showed. */
function newer(fresh: Deployment, known: Deployment | undefined): Deployment {
  return known !== undefined && Date.parse(known.updatedAt) > Date.parse(fresh.updatedAt) ? known : fresh;
}
