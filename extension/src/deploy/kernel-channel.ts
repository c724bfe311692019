import type {Kernel} from '@jupyterlab/services';
import type {TranslationBundle} from '@jupyterlab/translation';
import type {IDisposable} from '@lumino/disposable';
import {DEPLOY_COMM_TARGET, type DeployableModel, type DeployAnswer, type DeployRequest} from 'ingot/comm/protocol';
import {Problem} from '../api/errors.js';
import {isDeployAnswer} from './answers.js';

/** What the channel needs of a kernel's connection. */
export type ChannelKernel = Pick<Kernel.IKernelConnection, 'createComm' | 'status' | 'statusChanged'>;

type Ask = {readonly type: 'list'} | {readonly type: 'stage'; readonly model: string; readonly notebook: string | null};
type Progress = (text: string, fraction: number) => void;

interface Pending {
  readonly resolve: (answer: DeployAnswer) => void;
  readonly reject: (problem: Problem) => void;
  readonly progress: Progress;
}

/** How long a kernel that is not busy may take to say what it could deploy, in milliseconds. */
const ANSWER_WITHIN_MS = 20_000;

/** One conversation with a notebook's kernel about deploying. Dispose it to end the conversation. */
export class KernelChannel implements IDisposable {
  constructor(
    private readonly kernel: ChannelKernel,
    private readonly trans: TranslationBundle,
    private readonly answerWithinMs: number = ANSWER_WITHIN_MS,
  ) {
    this.comm = kernel.createComm(DEPLOY_COMM_TARGET);
    this.comm.onMsg = message => this.take(message.content.data);
    this.comm.onClose = () =>
      this.fail(
        new Problem(
          trans.__('This kernel cannot deploy: it does not know of Ingot.'),
          trans.__('Switch the notebook to the kernel "TypeScript (Ingot)" and run it there.'),
          'wrong_kernel',
        ),
      );
    kernel.statusChanged.connect(this.onStatus, this);
    this.comm.open();
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** @throws Problem when the kernel refuses, dies or does not answer. */
  async list(): Promise<readonly DeployableModel[]> {
    const answer = await this.ask({type: 'list'}, () => {}, this.answerWithinMs);
    if (answer.type !== 'models')
      throw this.broken(this.trans.__('The kernel answered with "%1", which was not asked for.', answer.type));
    return answer.models;
  }

  /**
   * Has the kernel capture a model into the staging folder.
   * @returns the staged model's id.
   * @throws Problem in the kernel's words.
   */
  async stage(model: string, notebook: string | null, progress: Progress): Promise<string> {
    const answer = await this.ask({type: 'stage', model, notebook}, progress, null);
    if (answer.type !== 'staged')
      throw this.broken(this.trans.__('The kernel answered with "%1", which was not asked for.', answer.type));
    return answer.staged;
  }

  dispose(): void {
    if (this._isDisposed) return;
    this._isDisposed = true;
    this.kernel.statusChanged.disconnect(this.onStatus, this);
    this.fail(new Problem(this.trans.__('The deployment was cancelled.'), '', 'cancelled'));
    if (!this.comm.isDisposed && !isGone(this.kernel.status)) this.comm.close();
  }

  private async ask(request: Ask, progress: Progress, withinMs: number | null): Promise<DeployAnswer> {
    const id = `${request.type}-${(this.asked += 1)}`;
    let timer: ReturnType<typeof setTimeout> | undefined;
    try {
      return await new Promise<DeployAnswer>((resolve, reject) => {
        if (this.ended !== null) return reject(this.ended);
        this.pending.set(id, {resolve, reject, progress});
        if (withinMs !== null) {
          const text = this.trans.__('The kernel did not answer within %1 s.', withinMs / 1000);
          timer = setTimeout(() => reject(this.broken(text)), withinMs);
        }
        const message: DeployRequest = {...request, id};
        this.comm.send({...message});
      });
    } finally {
      clearTimeout(timer);
      this.pending.delete(id);
    }
  }

  private take(data: unknown): void {
    if (!isDeployAnswer(data)) {
      return this.fail(this.broken(this.trans.__('The kernel sent an answer that cannot be read.')));
    }
    const pending = this.pending.get(data.id);
    if (pending === undefined) return;
    if (data.type === 'progress') pending.progress(data.text, Math.min(1, Math.max(0, data.fraction)));
    else if (data.type === 'error') pending.reject(new Problem(data.message, data.remedy, 'kernel'));
    else pending.resolve(data);
  }

  private onStatus(_: unknown, status: Kernel.Status): void {
    if (isGone(status)) this.fail(this.broken(this.trans.__('The kernel stopped before it had answered.')));
  }

  private broken(text: string): Problem {
    return new Problem(text, this.trans.__('Restart the kernel, run the notebook again, then deploy.'), 'kernel');
  }

  private fail(problem: Problem): void {
    this.ended ??= problem;
    for (const {reject} of this.pending.values()) reject(problem);
  }

  private readonly comm: Kernel.IComm;
  private readonly pending = new Map<string, Pending>();
  private asked = 0;
  private ended: Problem | null = null;
  private _isDisposed = false;
}

/** Statuses in which a kernel has lost everything that it was asked. */
export function isGone(status: Kernel.Status): boolean {
  return status === 'dead' || status === 'restarting' || status === 'autorestarting' || status === 'terminating';
}
