import type {TranslationBundle} from '@jupyterlab/translation';
import type {Deployment, DeploymentState} from '@ingot/deployer/deployment';

/** What is going on, from the click to the end. */
export interface DeployProgress {
  /** Null until it is known which model is meant. */
  readonly model: string | null;
  readonly text: string;
  /** From 0 to 1, over the whole way. */
  readonly fraction: number;
}

/** Staging ends here on the way from 0 to 1; the deployer's states follow. */
export const STAGED = 0.4;

/** The deployer's states in order, and how far along the whole way each begins. */
const REACHED: Readonly<Record<DeploymentState, number>> = {
  queued: STAGED,
  checking: 0.5,
  publishing: 0.65,
  loading: 0.75,
  verifying: 0.9,
  live: 1,
  failed: 1,
};

/** The states that a deployment goes through when all is well, in order. */
export function stepsOf({staged}: Pick<Deployment, 'staged'>): readonly DeploymentState[] {
  return staged === null ? STEPS_BACK : STEPS;
}
const STEPS = ['queued', 'checking', 'publishing', 'loading', 'verifying', 'live'] as const;
/** Of a version that was published before. */
const STEPS_BACK = ['queued', 'loading', 'verifying', 'live'] as const;

export function progressOf(deployment: Deployment, trans: TranslationBundle): DeployProgress {
  return {
    model: deployment.model,
    text: `${titleOf(deployment)}: ${stateText(deployment.state, trans)}`,
    fraction: REACHED[deployment.state],
  };
}

/** "gold v3", or "gold" while it has no number. */
export function titleOf({model, version}: Pick<Deployment, 'model' | 'version'>): string {
  return version === null ? model : `${model} v${version}`;
}

export function stateText(state: DeploymentState, trans: TranslationBundle): string {
  switch (state) {
    case 'queued':
      return trans.__('waiting for its turn');
    case 'checking':
      return trans.__('checking the model and replaying its samples');
    case 'publishing':
      return trans.__('publishing the version');
    case 'loading':
      return trans.__('the server is loading it');
    case 'verifying':
      return trans.__('asking the server for an answer');
    case 'live':
      return trans.__('live');
    case 'failed':
      return trans.__('failed');
  }
}

/** One word for a step, where there is little room. */
export function stepName(state: DeploymentState, trans: TranslationBundle): string {
  switch (state) {
    case 'queued':
      return trans.__('Queued');
    case 'checking':
      return trans.__('Checking');
    case 'publishing':
      return trans.__('Publishing');
    case 'loading':
      return trans.__('Loading');
    case 'verifying':
      return trans.__('Verifying');
    case 'live':
      return trans.__('Live');
    case 'failed':
      return trans.__('Failed');
  }
}
