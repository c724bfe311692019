import {install} from '../install/install.js';
import {startPlatform, type Platform} from '../platform/platform.js';
import {readSettings} from '../settings.js';
import {createSteps} from '../terminal/steps.js';
import {stopRequest} from '../terminal/stop-request.js';

/** `npm start`: everything up, until Ctrl-C or SIGTERM. */
export async function start(): Promise<number> {
  const steps = createSteps();
  const settings = readSettings(process.env);
  const stop = stopRequest();
  let platform: Platform;
  try {
    steps.line('\nInstalling what is missing');
    await install(settings, steps);
    stop.signal.throwIfAborted();
    steps.line('\nStarting');
    platform = await startPlatform({
      settings,
      steps,
      signal: stop.signal,
      onEvent: text => steps.line(`  ! ${text}`),
    });
  } catch (error) {
    // What Ctrl-C ended need not be explained; 130 is what a shell expects of it.
    if (stop.signal.aborted) return 130;
    throw error;
  }
  steps.line(welcome(platform, settings.home));
  await stop.requested;
  await steps.step('Stopping', () => platform.stop());
  return 0;
}

function welcome(platform: Platform, home: string): string {
  return `
Ingot is up.

  JupyterLab    ${platform.jupyterUrl}/lab/tree/gold.ipynb?token=${platform.jupyterToken}
  TensorBoard   ${platform.jupyterUrl}/ingot-tensorboard/
  Gold page     ${platform.pagesUrl}gold/
  Model server  ${platform.restUrl}/v1/models  (REST)   ${platform.grpcAddress}  (gRPC)

  Open JupyterLab, run the notebook, click Deploy. Logs: ${home}/run/*.log
  Ctrl-C stops everything.
`;
}
