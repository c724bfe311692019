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
import {progressOf, type DeployProgress} from './progress.js';

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
  /** Says in a dialog why there is nothing to deploy. */
  explain(problem: Problem): Promise<void>;
}

export interface DeployManagerOptions {
  readonly client: Pick<DeployerClient, 'deploy' | 'retry' | 'deployment' | 'events'>;
  readonly state: Pick<DeployerState, 'note' | 'refresh'>;
  readonly trans: TranslationBundle;
  readonly ui: DeployUi;
  /** Who is at the keyboard, if the Jupyter server knows. */
  readonly requestedBy: () => string | null;
}

/** A deployment that this page is at work on and that the deployer may not know of yet. */
export interface Activity {
  /** The notebook's path, or the id of a deployment that is tried again. */
  readonly key: string;
  readonly progress: DeployProgress;
  readonly deployment: string | null;
}

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

  /** Has the deployer try a failed deployment again, with what is staged already. Never throws either. */
  async retry(id: string): Promise<void> {
    const {client, state, trans} = this.options;
    await this.attempt(
      id,
      () => this.retry(id),
      async (signal, onProgress) => {
        const onSnapshot = (snapshot: Deployment): void => {
          state.note(snapshot);
          onProgress(progressOf(snapshot, trans), snapshot.id);
        };
        const accepted = await client.retry(id);
        onSnapshot(accepted);
        return followToEnd(accepted.id, {client, signal, onSnapshot});
      },
    );
  }

  dispose(): void {
    if (this._isDisposed) return;
    this._isDisposed = true;
    this.aborts.abort();
    Signal.clearData(this);
  }

  private async attempt(
    key: string,
    again: () => Promise<void>,
    work: (
      signal: AbortSignal,
      onProgress: (progress: DeployProgress, deployment: string | null) => void,
    ) => Promise<Deployment | null>,
  ): Promise<void> {
    if (this.isBusy(key) || this._isDisposed) return;
    const cancelling = new AbortController();
    const signal = AbortSignal.any([cancelling.signal, this.aborts.signal]);
    const notice = this.options.ui.notice();
    // What the attempt before had to say is no longer so.
    this.standing.get(key)?.close();
    this.standing.delete(key);
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
    for (const name of [key, deployment.id]) this.standing.set(name, notice);
    if (deployment.state === 'live') notice.live(deployment);
    else {
      const {reason, remedy} = deployment.failure ?? {
        reason: this.options.trans.__('The deployer gave no reason.'),
        remedy: '',
      };
      notice.failed(deployment.model, new Problem(reason, remedy, 'failed'), () => void this.retry(deployment.id));
    }
    // What is live has changed; a failure to look again shows in the panel.
    this.options.state.refresh().catch(() => {});
  }

  private show(key: string, activity: Activity | null): void {
    if (activity === null) this._activities.delete(key);
    else this._activities.set(key, activity);
    if (!this._isDisposed) this._changed.emit();
  }

  /** Notices that say how an attempt ended, by what it went by. */
  private readonly standing = new Map<string, DeployNotice>();
  private readonly aborts = new AbortController();
  private readonly _activities = new Map<string, Activity>();
  private readonly _changed = new Signal<this, void>(this);
  private _isDisposed = false;
}
