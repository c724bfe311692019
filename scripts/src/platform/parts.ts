import {TOKEN_HEADER} from '@ingot/deployer/deployment';
import {embeddedQueueConfiguration, findValkey} from '@ingot/deployer';
import {mkdir} from 'node:fs/promises';
import {join} from 'node:path';
import {prepareJupyter, TENSORBOARD_PREFIX} from '../jupyter/index.js';
import {partEnvironment, reachable, type Secrets, type Settings} from '../settings.js';
import type {Part} from '../supervise/part.js';
import {answers, getJson, queueAnswers} from './health.js';

/** As in the first line of serving's main.ts: requests are over before the young generation is full, and none are moved out of it. */
const SERVING_NODE_FLAGS = ['--min-semi-space-size=16'];

/** The parts of the platform, in waves: the parts of a wave start side by side, and need only those of waves before. */
export async function platformParts(
  settings: Settings,
  secrets: Secrets,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Part[][]> {
  const shared = partEnvironment(settings, secrets, env);
  const {ports, home, root} = settings;
  const host = reachable(settings.host);
  const queueFolder = join(home, 'queue');
  await Promise.all(
    [settings.models, settings.staging, settings.logs, settings.dataCache, queueFolder].map(makeFolder),
  );
  const node = (
    name: string,
    title: string,
    script: string,
    args: readonly string[],
    rest: Pick<Part, 'healthy'>,
    flags: readonly string[] = [],
  ): Part => ({
    name,
    title,
    command: [process.execPath, ...flags, join(root, script), ...args],
    cwd: root,
    env: shared,
    startWithinMs: 60_000,
    stopSignal: 'SIGTERM',
    ...rest,
  });

  const embeddedQueue = async (): Promise<Part> => ({
    name: 'queue',
    title: 'Queue (embedded Valkey)',
    command: [await findValkey(settings.python), '-'],
    cwd: root,
    env: shared,
    input: embeddedQueueConfiguration({dir: queueFolder, port: ports.queue, password: secrets.queuePassword}),
    healthy: queueAnswers(ports.queue, secrets.queuePassword),
    startWithinMs: 30_000,
    stopSignal: 'SIGTERM',
  });

  const serving = node(
    'serving',
    'Model server',
    'serving/lib/main.js',
    servingFlags(settings),
    {healthy: answers(`http://${host}:${ports.rest}/livez`)},
    SERVING_NODE_FLAGS,
  );

  const deployerHealth = `http://${host}:${ports.deployer}/healthz`;
  const deployer = node('deployer', 'Deployer API', 'deployer/lib/main.js', ['api'], {
    healthy: answers(deployerHealth),
  });

  const worker = node('worker', 'Deployer worker', 'deployer/lib/main.js', ['worker'], {
    healthy: async () => {
      const health = (await getJson(deployerHealth)) as {workers?: number};
      if ((health.workers ?? 0) < 1) throw new Error('the deployer sees no worker');
    },
  });

  const pages = node('pages', 'Pages', 'apps/lib/main.js', [], {
    healthy: answers(`http://${host}:${ports.pages}/healthz`),
  });

  const tensorboard: Part = {
    name: 'tensorboard',
    title: 'TensorBoard',
    command: [
      settings.python,
      join(root, 'scripts', 'python', 'start_tensorboard.py'),
      `--logdir=${settings.logs}`,
      `--host=${settings.host}`,
      `--port=${ports.tensorboard}`,
      `--path_prefix=${TENSORBOARD_PREFIX}`,
      '--reload_interval=5',
      // Two processes may write one run: without this the younger file hides what the older one still gets.
      '--reload_multifile=true',
      '--load_fast=false',
    ],
    cwd: root,
    env: shared,
    healthy: answers(`http://${host}:${ports.tensorboard}${TENSORBOARD_PREFIX}/data/environment`),
    startWithinMs: 90_000,
    stopSignal: 'SIGTERM',
  };

  const launch = await prepareJupyter({
    home,
    python: settings.python,
    notebooks: settings.notebooks,
    host: settings.host,
    port: ports.jupyter,
    token: secrets.jupyterToken,
    deployer: {port: ports.deployer, tokenHeader: TOKEN_HEADER, token: secrets.deployerToken},
    tensorboardPort: ports.tensorboard,
    env: shared,
  });
  const jupyter: Part = {
    name: 'jupyter',
    title: 'JupyterLab',
    ...launch,
    cwd: root,
    healthy: answers(`http://${host}:${ports.jupyter}/api/status`, {authorization: `token ${secrets.jupyterToken}`}),
    startWithinMs: 90_000,
    stopSignal: 'SIGTERM',
  };

  return [
    settings.redisUrl === null ? [await embeddedQueue()] : [],
    [serving, deployer, tensorboard, jupyter, pages],
    [worker],
  ];
}

function servingFlags(settings: Settings): string[] {
  return [
    `--model_root=${settings.models}`,
    `--host=${settings.host}`,
    `--port=${settings.ports.grpc}`,
    `--rest_api_port=${settings.ports.rest}`,
    `--admin_port=${settings.ports.control}`,
    `--state_dir=${settings.servingState}`,
  ];
}

async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, {recursive: true});
}
