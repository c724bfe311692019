import {mkdir, readFile, rename, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {Deployment} from '@ingot/deployer/deployment';
import type {ModelContract} from '@ingot/tensorflow/contract';
import {install} from '../install/install.js';
import {getJson} from '../platform/health.js';
import {platformAddresses, startPlatform, type Platform, type PlatformAddresses} from '../platform/platform.js';
import {runningSupervisor} from '../platform/record.js';
import {readSecrets, readSettings, type Settings} from '../settings.js';
import {createSteps, type Steps} from '../terminal/steps.js';
import {stopRequest} from '../terminal/stop-request.js';
import {createDeployerClient} from './deployer-client.js';
import {formatForecast, readForecast} from './forecast.js';
import {openSession, runNotebook, stageModel} from './jupyter-session.js';
import {lastOutput, type Notebook} from './notebook.js';

const MODEL = 'gold';
const NOTEBOOK = 'gold.ipynb';

/** `npm run gold`: from the notebook to a forecast over REST, without a screen. */
export async function gold(): Promise<number> {
  // JupyterLab's client announces every socket that it opens.
  console.debug = () => {};
  const steps = createSteps();
  const settings = readSettings(process.env);
  const stop = stopRequest();
  const {addresses, platform} = await reachPlatform(settings, steps, stop.signal);
  try {
    const interrupted = stop.requested.then(() => {
      throw new Error('Stopped.');
    });
    await Promise.race([goldRun(addresses, settings, steps), interrupted]);
    return 0;
  } finally {
    if (platform !== null) await steps.step('Stopping what was started', () => platform.stop());
  }
}

/** The platform that runs already, or one that is started and has to be stopped again. */
async function reachPlatform(
  settings: Settings,
  steps: Steps,
  signal: AbortSignal,
): Promise<{addresses: PlatformAddresses; platform: Platform | null}> {
  if ((await runningSupervisor(settings.home)) !== null) {
    const addresses = platformAddresses(settings, readSecrets(settings.home, process.env), process.env);
    await getJson(`${addresses.deployerUrl}/healthz`);
    steps.line('  ✓ The platform is running');
    return {addresses, platform: null};
  }
  await install(settings, steps);
  const platform = await startPlatform({settings, steps, signal, onEvent: text => steps.line(`  ! ${text}`)});
  return {addresses: platform, platform};
}

async function goldRun(addresses: PlatformAddresses, settings: Settings, steps: Steps): Promise<void> {
  const results = join(settings.home, 'gold');
  await mkdir(results, {recursive: true});
  const source = await readFile(join(settings.root, 'notebooks', NOTEBOOK), 'utf8');
  const notebook = JSON.parse(source) as Notebook;

  const session = await steps.step('Opening a kernel', () =>
    openSession(addresses.jupyterUrl, addresses.jupyterToken, NOTEBOOK, 'ingot'),
  );
  let staged: string;
  try {
    await steps.step(`Running ${NOTEBOOK}: data, training, backtest`, async detail => {
      try {
        await runNotebook(session.kernel, notebook, detail);
      } finally {
        await writeWhole(join(results, NOTEBOOK), JSON.stringify(notebook, null, 1));
      }
    });
    staged = await steps.step('Staging the model', detail => stageModel(session.kernel, MODEL, NOTEBOOK, detail));
  } finally {
    await session.close();
  }

  const deployer = createDeployerClient(addresses.deployerUrl, addresses.deployerToken);
  const live = await steps.step('Deploying', async detail => {
    const {id} = await deployer.deploy({model: MODEL, staged, notebook: NOTEBOOK, requestedBy: 'npm run gold'});
    return deployer.untilLive(id, ({state}) => detail(state));
  });
  await steps.step('Model server says AVAILABLE', () => expectAvailable(addresses.restUrl, live));

  const {contract} = (await getJson(`${addresses.deployerUrl}/api/models/${MODEL}/versions/${live.version}`, {
    'x-ingot-token': addresses.deployerToken,
    'x-ingot-client': 'ingot-scripts',
  })) as {contract: ModelContract};
  const rows = await steps.step('Forecast over REST', async () =>
    readForecast(
      contract,
      await predict(`${addresses.restUrl}/v1/models/${MODEL}/versions/${live.version}:predict`, contract),
    ),
  );

  steps.line(`\n${formatForecast(contract, rows)}`);
  steps.line(`\n  Data: ${describeData(contract)}`);
  steps.line(`  Version ${live.version} of ${MODEL} is live: ${live.endpoint?.url ?? addresses.restUrl}`);
  const plot = lastOutput(notebook, 'image/svg+xml');
  if (plot !== null) {
    await writeWhole(join(results, 'forecast.svg'), plot);
    steps.line(`  Plot: ${join(results, 'forecast.svg')}`);
  }
  steps.line(`  Notebook with its outputs: ${join(results, NOTEBOOK)}\n`);
  for (const {title, seconds} of steps.timings) steps.line(`  ${seconds.toFixed(1).padStart(6)} s  ${title}`);
}

async function expectAvailable(restUrl: string, {version}: Deployment): Promise<void> {
  const status = (await getJson(`${restUrl}/v1/models/${MODEL}/versions/${version}`)) as {
    model_version_status?: {state: string}[];
  };
  const state = status.model_version_status?.[0]?.state;
  if (state !== 'AVAILABLE') throw new Error(`The server says ${state ?? 'nothing'} of version ${version}.`);
}

async function predict(url: string, contract: ModelContract): Promise<unknown> {
  const [input] = contract.inputs;
  const response = await fetch(url, {
    method: 'POST',
    body: JSON.stringify({instances: [contract.example[input?.name ?? '']]}),
    signal: AbortSignal.timeout(30_000),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${text}`);
  return JSON.parse(text);
}

function describeData(contract: ModelContract): string {
  const sources = (contract.data ?? []).map(
    ({name, source, to, simulated}) =>
      `${name}, ${simulated ? 'SIMULATED' : source}${to === undefined ? '' : `, up to ${to}`}`,
  );
  return sources.join('; ') || 'not said';
}

async function writeWhole(file: string, text: string): Promise<void> {
  await writeFile(`${file}.new`, text);
  await rename(`${file}.new`, file);
}
