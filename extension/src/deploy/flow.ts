import type {TranslationBundle} from '@jupyterlab/translation';
import type {Deployment, DeploymentRequest} from '@ingot/deployer/deployment';
import type {DeployableModel} from 'ingot/comm/protocol';
import {Problem} from '../api/errors.js';
import {delay, follow, unlessAborted, type DeploymentSource} from '../api/follow.js';
import {KernelChannel, type ChannelKernel} from './kernel-channel.js';
import {STAGED, type DeployProgress} from './progress.js';
import {untilIdle} from './until-idle.js';

/** The notebook that Deploy was clicked in. */
export interface DeploySource {
  /** Relative to the Jupyter root. */
  readonly path: string;
  /** Resolves once the notebook has its kernel, or to null when it runs without one. */
  kernel(): Promise<ChannelKernel | null>;
  /** Saves what is not saved yet. */
  save(): Promise<void>;
}

export interface DeployFlowOptions {
  readonly client: DeploymentSource & {deploy(request: DeploymentRequest): Promise<Deployment>};
  readonly trans: TranslationBundle;
  readonly requestedBy: string | null;
  /** Asks which of several models is meant; null: none. */
  readonly choose: (models: readonly DeployableModel[]) => Promise<DeployableModel | null>;
  /** Called until it is accepted. */
  readonly onProgress: (progress: DeployProgress) => void;
  /** Called with the deployment from when it was accepted, at every change. */
  readonly onDeployment: (snapshot: Deployment) => void;
  readonly signal: AbortSignal;
}

/**
 * From the click to the end: save, ask the kernel, stage, deploy, follow.
 * @returns the deployment when it is live or has failed; null when the person chose no model.
 * @throws Problem for what went wrong before or beside the deployment; the signal's reason when aborted.
 */
export async function deployNotebook(source: DeploySource, options: DeployFlowOptions): Promise<Deployment | null> {
  const {client, signal, trans} = options;
  options.onProgress({model: null, text: trans.__('Saving the notebook'), fraction: 0.02});
  await source.save();
  const staged = await stage(source, options);
  if (staged === null) return null;
  options.onProgress({model: staged.model, text: trans.__('%1: asking the deployer', staged.model), fraction: STAGED});
  const accepted = await client.deploy({
    ...staged,
    notebook: source.path,
    ...(options.requestedBy === null ? {} : {requestedBy: options.requestedBy.slice(0, 128)}),
  });
  options.onDeployment(accepted);
  return followToEnd(accepted.id, {client, signal, onSnapshot: options.onDeployment});
}

export interface FollowToEndOptions {
  readonly client: DeploymentSource;
  readonly signal: AbortSignal;
  readonly onSnapshot: (snapshot: Deployment) => void;
}

/** Follows a deployment and returns its last snapshot. */
export async function followToEnd(id: string, {client, signal, onSnapshot}: FollowToEndOptions): Promise<Deployment> {
  let last: Deployment | null = null;
  for await (const snapshot of follow(client, id, {signal, delay})) {
    last = snapshot;
    onSnapshot(snapshot);
  }
  signal.throwIfAborted();
  if (last === null)
    throw new Problem('The deployer told nothing of the deployment.', 'Look at the Ingot panel.', 'bad_answer');
  return last;
}

/** Saves the model that the person means into the staging folder. */
async function stage(
  source: DeploySource,
  {trans, signal, onProgress, choose}: DeployFlowOptions,
): Promise<{model: string; staged: string} | null> {
  const waiting = {model: null, text: trans.__('Waiting for the kernel'), fraction: 0.04};
  onProgress(waiting);
  const kernel = await unlessAborted(source.kernel(), signal);
  if (kernel === null) {
    throw new Problem(
      trans.__('This notebook has no running kernel, so there is no model to deploy.'),
      trans.__('Run the notebook, then deploy.'),
      'kernel',
    );
  }
  await untilIdle(kernel, {
    signal,
    trans,
    onWait: status =>
      status === 'busy' && onProgress({...waiting, text: trans.__('Waiting for the running cell to end')}),
  });
  onProgress({model: null, text: trans.__('Asking the kernel for its models'), fraction: 0.06});
  const channel = new KernelChannel(kernel, trans);
  const stop = (): void => channel.dispose();
  signal.addEventListener('abort', stop, {once: true});
  try {
    const model = await pick(await channel.list(), choose, trans);
    if (model === null) return null;
    const {name} = model;
    onProgress({model: name, text: trans.__('%1: capturing the model', name), fraction: 0.1});
    const staged = await channel.stage(name, source.path, (text, fraction) =>
      onProgress({model: name, text: `${name}: ${text}`, fraction: 0.1 + fraction * (STAGED - 0.1)}),
    );
    signal.throwIfAborted();
    return {model: name, staged};
  } finally {
    signal.removeEventListener('abort', stop);
    channel.dispose();
  }
}

async function pick(
  models: readonly DeployableModel[],
  choose: DeployFlowOptions['choose'],
  trans: TranslationBundle,
): Promise<DeployableModel | null> {
  const [only, ...others] = models;
  if (only === undefined) {
    throw new Problem(
      trans.__('This notebook has no trained model to deploy.'),
      trans.__(
        'Run the cell that trains the model and the one that calls ingot.deployable(…), then click Deploy again.',
      ),
      'nothing_to_deploy',
    );
  }
  return others.length === 0 ? only : choose(models);
}
