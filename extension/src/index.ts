import {apiPlugin} from './plugins/api.js';
import {deployPlugin} from './plugins/deploy.js';
import {panelPlugin} from './plugins/panel.js';
import {statusPlugin} from './plugins/status.js';
import {tensorboardPlugin} from './plugins/tensorboard.js';

export {Commands, IDeployer, IDeploys} from './tokens.js';

export default [apiPlugin, deployPlugin, panelPlugin, statusPlugin, tensorboardPlugin];
