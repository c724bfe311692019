import {Token} from '@lumino/coreutils';
import type {DeployerClient} from './api/client.js';
import type {DeployerState} from './api/state.js';
import type {DeployManager} from './deploy/manager.js';

/** The deployer behind the Jupyter server, and what it said last. */
export interface IDeployer {
  readonly client: DeployerClient;
  readonly state: DeployerState;
}

export const IDeployer = new Token<IDeployer>(
  '@ingot/extension:IDeployer',
  'The deployer: a client of its API, and the models and deployments that it reported last.',
);

/** What deploys notebooks. */
export type IDeploys = DeployManager;

export const IDeploys = new Token<IDeploys>(
  '@ingot/extension:IDeploys',
  'Deploys notebooks and tries failed deployments again; tells which of them are under way in this page.',
);

/** The extension's commands. */
export const Commands = {
  deploy: 'ingot:deploy',
  showPanel: 'ingot:show-panel',
  openTensorBoard: 'ingot:open-tensorboard',
} as const;
