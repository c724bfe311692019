import type {TranslationBundle} from '@jupyterlab/translation';
import type {Deployment} from '@ingot/deployer/deployment';
import type {IDisposable} from '@lumino/disposable';
import {Signal, type ISignal} from '@lumino/signaling';
import type {DeployableModel} from 'ingot/comm/protocol';
import type {DeployerClient} from '../api/client.js';
import {asProblem, Problem} from '../api/errors.js';
import {isOver} from '../api/follow.js';
import type {DeployerState} from '../api/state.js';
import {deployNotebook, followToEnd, type DeploySource} from './flow.js';
import {progressOf, STAGED, titleOf, type DeployProgress} from './progress.js';
import type {VersionChange} from '../versions/change.js';

/** Where one deployment shows how it goes: one notification from the click to the end. */
export interface DeployNotice {
  /** `cancel` is null once there is nothing left to cancel. */
  progress(progress: DeployProgress, cancel: (() => void) | null): void;
  live(deployment: Deployment): void;
  failed(what: string, problem: Problem, retry: () => void): void;
  close(): void;
}

/** How the manager reaches the person. */
export interface DeployUi {
  notice(): DeployNotice;
  choose(models: readonly DeployableModel[]): Promise<DeployableModel | null>;
  /** Says what a change of the live version will do. @returns whether the person wants it. */
  confirm(change: VersionChange): Promise<boolean>;
  /** Says in a dialog why there is nothing to deploy. */
  explain(problem: Problem): Promise<void>;
}

export interface DeployManagerOptions {
  readonly client: Pick<DeployerClient, 'deploy' | 'makeLive' | 'retry' | 'deployment' | 'events'>;
  readonly state: Pick<DeployerState, 'note' | 'refresh'>;
  readonly trans: TranslationBundle;
  readonly ui: DeployUi;
  /** Who is at the keyboard, if the Jupyter server knows. */
  readonly requestedBy: () => string | null;
}

/** A deployment that this page is at work on and that the deployer may not know of yet. */
export interface Activity {
  /** The notebook's path, the name of a model that changes its version, or the id of a deployment that is tried again. */
  readonly key: string;
  readonly progress: DeployProgress;
  readonly deployment: string | null;
}

type OnProgress = (progress: DeployProgress, deployment: string | null) => void;

/** Problems that a dialog says and that a second try without a change would only meet again. */
const EXPLAINED: ReadonlySet<string> = new Set(['nothing_to_deploy', 'wrong_kernel']);

export class DeployManager implements IDisposable {
  constructor(private readonly options: DeployManagerOptions) {}

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get activities(): readonly Activity[] {
    return [...this._activities.values()];
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  isBusy(key: string): boolean {
    return this._activities.has(key);
  }

  /** Deploys a notebook; a second click while it goes on does nothing. Tells the person whatever happens, and never throws. */
  async deploy(source: DeploySource): Promise<void> {
    const {client, state, trans, ui} = this.options;
    await this.attempt(
      source.path,
      () => this.deploy(source),
      (signal, onProgress) =>
        deployNotebook(source, {
          client,
          trans,
          signal,
          requestedBy: this.options.requestedBy(),
          choose: models => ui.choose(models),
          onProgress: progress => onProgress(progress, null),
          onDeployment: snapshot => {
            state.note(snapshot);
            onProgress(progressOf(snapshot, trans), snapshot.id);
          },
        }),
    );
  }

  /**
   * Makes a published version the live one, after the person has agreed. A second click does nothing; it tells the person
   * whatever happens, and never throws.
   */
  async goTo(change: VersionChange): Promise<void> {
    const {model, version} = change;
    const {client, trans, ui} = this.options;
    if (this.isBusy(model) || this.asking.has(model)) return;
    this.asking.add(model);
    const agreed = await ui.confirm(change).finally(() => this.asking.delete(model));
    if (!agreed) return;
    const requestedBy = this.options.requestedBy()?.slice(0, 128);
    await this.attempt(
      model,
      () => this.goTo(change),
      async (signal, onProgress) => {
        const text = trans.__('%1 v%2: asking the deployer', model, version);
        onProgress({model, text, fraction: STAGED}, null);
        const request = {version, ...(requestedBy === undefined ? {} : {requestedBy})};
        return this.followDeployment(await client.makeLive(model, request), signal, onProgress);
      },
    );
  }

  /** Has the deployer try a failed deployment again, with what is staged already. Never throws either. */
  async retry(id: string): Promise<void> {
    await this.attempt(
      id,
      () => this.retry(id),
      async (signal, onProgress) => this.followDeployment(await this.options.client.retry(id), signal, onProgress),
    );
  }

  dispose(): void {
    if (this._isDisposed) return;
    this._isDisposed = true;
    this.aborts.abort();
    Signal.clearData(this);
  }

  private async followDeployment(
    accepted: Deployment,
    signal: AbortSignal,
    onProgress: OnProgress,
  ): Promise<Deployment> {
    const {client, state, trans} = this.options;
    const onSnapshot = (snapshot: Deployment): void => {
      state.note(snapshot);
      onProgress(progressOf(snapshot, trans), snapshot.id);
    };
    onSnapshot(accepted);
    return followToEnd(accepted.id, {client, signal, onSnapshot});
  }

  private async attempt(
    key: string,
    again: () => Promise<void>,
    work: (signal: AbortSignal, onProgress: OnProgress) => Promise<Deployment | null>,
  ): Promise<void> {
    if (this.isBusy(key) || this._isDisposed) return;
    const cancelling = new AbortController();
    const signal = AbortSignal.any([cancelling.signal, this.aborts.signal]);
    const notice = this.options.ui.notice();
    // What the attempt before had to say is no longer so.
    this.takeBack(key);
    let known: string | null = null;
    let model: string | null = null;
    try {
      const ended = await work(signal, (progress, deployment) => {
        known = deployment ?? known;
        model = progress.model ?? model;
        this.show(key, {key, progress, deployment: known});
        notice.progress(progress, known === null ? () => cancelling.abort() : null);
      });
      if (ended === null) notice.close();
      else this.conclude(ended, key, notice);
    } catch (error) {
      if (signal.aborted) return notice.close();
      const problem = asProblem(error);
      if (EXPLAINED.has(problem.code)) {
        notice.close();
        await this.options.ui.explain(problem);
      } else {
        this.standing.set(key, notice);
        notice.failed(model ?? key, problem, () => void again());
      }
    } finally {
      this.show(key, null);
    }
  }

  private conclude(deployment: Deployment, key: string, notice: DeployNotice): void {
    if (!isOver(deployment)) return notice.close();
    const ofModel = `model ${deployment.model}`;
    // A notice of another notebook, or of going back, that a version is live is no longer so.
    if (deployment.state === 'live') this.takeBack(ofModel);
    for (const name of [key, deployment.id, ofModel]) this.standing.set(name, notice);
    if (deployment.state === 'live') notice.live(deployment);
    else {
      const {reason, remedy} = deployment.failure ?? {
        reason: this.options.trans.__('The deployer gave no reason.'),
        remedy: '',
      };
      notice.failed(titleOf(deployment), new Problem(reason, remedy, 'failed'), () => void this.retry(deployment.id));
    }
    // What is live has changed; a failure to look again shows in the panel.
    this.options.state.refresh().catch(() => {});
  }

  private takeBack(name: string): void {
    const notice = this.standing.get(name);
    notice?.close();
    for (const [other, standing] of this.standing) if (standing === notice) this.standing.delete(other);
  }

  private show(key: string, activity: Activity | null): void {
    if (activity === null) this._activities.delete(key);
    else this._activities.set(key, activity);
    if (!this._isDisposed) this._changed.emit();
  }

  /** Models whose person is being asked. */
  private readonly asking = new Set<string>();
  /** Notices that say how an attempt ended, by what it went by. */
  private readonly standing = new Map<string, DeployNotice>();
  private readonly aborts = new AbortController();
  private readonly _activities = new Map<string, Activity>();
  private readonly _changed = new Signal<this, void>(this);
  private _isDisposed = false;
}
