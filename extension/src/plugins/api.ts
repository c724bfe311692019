import type {JupyterFrontEndPlugin} from '@jupyterlab/application';
import {URLExt} from '@jupyterlab/coreutils';
import {ServerConnection} from '@jupyterlab/services';
import {ISettingRegistry} from '@jupyterlab/settingregistry';
import {ITranslator, nullTranslator} from '@jupyterlab/translation';
import {Poll} from '@lumino/polling';
import {DeployerClient} from '../api/client.js';
import {isOver} from '../api/follow.js';
import {DeployerState} from '../api/state.js';
import {IDeployer} from '../tokens.js';
import {readText} from './settings.js';

const id = '@ingot/extension:api';

/** How often the deployer is asked, in milliseconds: while something goes on, and else. */
const BUSY_MS = 1000;
const CALM_MS = 5000;
const AWAY_MS = 30_000;

export const apiPlugin: JupyterFrontEndPlugin<IDeployer> = {
  id,
  description: 'Reaches the deployer through the Jupyter server and keeps an eye on it.',
  autoStart: true,
  provides: IDeployer,
  requires: [ISettingRegistry],
  optional: [ITranslator],
  activate: async (app, registry: ISettingRegistry, translator: ITranslator | null): Promise<IDeployer> => {
    const settings = await registry.load(id);
    const server = app.serviceManager.serverSettings;
    const trans = (translator ?? nullTranslator).load('ingot');
    const client = new DeployerClient(
      (path, init) =>
        ServerConnection.makeRequest(
          URLExt.join(server.baseUrl, readText(settings, 'deployerPath'), path),
          init,
          server,
        ),
      trans,
    );
    const state = new DeployerState(client);
    const poll = new Poll({
      name: '@ingot/extension:api#state',
      factory: () => state.refresh(),
      frequency: {interval: CALM_MS, backoff: true, max: AWAY_MS},
      standby: 'when-hidden',
    });
    state.changed.connect(() => {
      const interval = state.deployments.every(isOver) ? CALM_MS : BUSY_MS;
      if (poll.frequency.interval !== interval) poll.frequency = {interval, backoff: true, max: AWAY_MS};
    });
    return {client, state};
  },
};
