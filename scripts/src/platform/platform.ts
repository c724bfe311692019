import {join} from 'node:path';
import {readSecrets, reachable, servingUrl, type PortName, PORTS, type Secrets, type Settings} from '../settings.js';
import {isFree, portHolder} from '../supervise/ports.js';
import {listProcesses} from '../supervise/processes.js';
import {createSupervisor} from '../supervise/supervisor.js';
import type {Steps} from '../terminal/steps.js';
import {platformParts} from './parts.js';
import {endLeftovers, removeRecord, runningSupervisor, writeRecord} from './record.js';

/** Where a running platform is reached. */
export interface PlatformAddresses {
  readonly jupyterUrl: string;
  readonly jupyterToken: string;
  readonly deployerUrl: string;
  readonly deployerToken: string;
  readonly restUrl: string;
  /** host:port */
  readonly grpcAddress: string;
  /** Behind JupyterLab's login at `<jupyterUrl>/ingot-tensorboard/` as well. */
  readonly tensorboardUrl: string;
  readonly pagesUrl: string;
}

export interface Platform extends PlatformAddresses {
  /** Stops every part and every process that they started. */
  stop(): Promise<void>;
}

export interface PlatformOptions {
  readonly settings: Settings;
  readonly steps: Steps;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Called when a part died and is started again. */
  readonly onEvent?: (text: string) => void;
  /** Ends a start that is under way. */
  readonly signal?: AbortSignal;
}

export function platformAddresses(
  settings: Settings,
  secrets: Secrets,
  env: Readonly<Record<string, string | undefined>>,
): PlatformAddresses {
  const {ports} = settings;
  const host = reachable(settings.host);
  return {
    jupyterUrl: `http://${host}:${ports.jupyter}`,
    jupyterToken: secrets.jupyterToken,
    deployerUrl: `http://${host}:${ports.deployer}`,
    deployerToken: secrets.deployerToken,
    restUrl: servingUrl(settings, env),
    grpcAddress: `${host}:${ports.grpc}`,
    pagesUrl: `http://${host}:${ports.pages}/`,
    tensorboardUrl: `http://${host}:${ports.tensorboard}/ingot-tensorboard/`,
  };
}

/**
 * Brings every part up; a part is healthy before one that needs it is started.
 * @throws Error when a port is taken, when the platform runs already, or when a part does not come up; nothing is left
 * running then.
 */
export async function startPlatform({
  settings,
  steps,
  env = process.env,
  onEvent,
  signal,
}: PlatformOptions): Promise<Platform> {
  const {home} = settings;
  const running = await runningSupervisor(home);
  if (running !== null) {
    throw new Error(
      `Ingot runs out of ${home} already (process ${running.pid}). Stop it with Ctrl-C where it was started.`,
    );
  }
  const leftovers = await endLeftovers(home);
  if (leftovers > 0) steps.line(`  ✓ Ended ${leftovers} processes that a killed run had left behind`);
  await checkPorts(settings);

  const secrets = readSecrets(home, env);
  const own = (await listProcesses()).find(({pid}) => pid === process.pid);
  // One write after the other, so that the last one holds the last processes.
  let recording: Promise<void> = Promise.resolve();
  const supervisor = createSupervisor({
    logFolder: join(home, 'run'),
    ...(onEvent === undefined ? {} : {onEvent}),
    onProcesses: pids => {
      recording = recording
        .then(() => recordProcesses(home, own, pids))
        .catch((error: Error) => onEvent?.(`What runs could not be written down: ${error.message}`));
    },
  });
  const stop = async (): Promise<void> => {
    await supervisor.stop();
    await recording;
    removeRecord(home);
  };
  // Parts that are still starting need not be waited for; the catch below waits for the same stop, and for its errors.
  signal?.addEventListener('abort', () => void stop().catch(() => {}), {once: true});
  try {
    for (const wave of await platformParts(settings, secrets, env)) {
      signal?.throwIfAborted();
      await Promise.all(wave.map(part => steps.step(part.title, () => supervisor.start(part))));
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return {...platformAddresses(settings, secrets, env), stop};
}

async function recordProcesses(
  home: string,
  supervisor: Awaited<ReturnType<typeof listProcesses>>[number] | undefined,
  pids: readonly number[],
): Promise<void> {
  if (supervisor === undefined) return;
  const parts = (await listProcesses()).filter(({pid}) => pids.includes(pid));
  writeRecord(home, {supervisor, parts});
}

/** @throws Error that names every port that is taken, who holds it, and the setting that moves it. */
async function checkPorts({ports, host, redisUrl}: Settings): Promise<void> {
  const taken: string[] = [];
  for (const [name, {setting}] of Object.entries(PORTS)) {
    if (name === 'queue' && redisUrl !== null) continue;
    const port = ports[name as PortName];
    if (await isFree(port, name === 'queue' ? '127.0.0.1' : host)) continue;
    const holder = await portHolder(port);
    taken.push(`Port ${port} is in use by ${holder ?? 'another program'}. Stop it, or set ${setting} to another port.`);
  }
  if (taken.length > 0) throw new Error(`${taken.join('\n')}\nINGOT_PORT_OFFSET=1000 moves all ports at once.`);
}
