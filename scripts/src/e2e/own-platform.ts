import {cp, mkdir, mkdtemp, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {startPlatform, type Platform} from '../platform/platform.js';
import {PORTS, readSettings, ROOT, type PortName, type Settings} from '../settings.js';
import {freePort, portHolder} from '../supervise/ports.js';
import {listProcesses} from '../supervise/processes.js';
import {createSteps} from '../terminal/steps.js';

export interface OwnPlatform extends Platform {
  readonly settings: Settings;
  /** Ends the part that holds a port, as a crash does; resolves when it is gone. The supervisor starts it again. */
  kill(port: PortName): Promise<void>;
}

/**
 * The whole platform with a home, ports and a copy of the notebooks of its own, on what is installed already. The home
 * lies in the checkout, as notebooks find their packages at or above their folder.
 */
export async function startOwnPlatform(): Promise<OwnPlatform> {
  const installed = readSettings(process.env);
  const parent = join(ROOT, '.ingot', 'e2e');
  await mkdir(parent, {recursive: true});
  const home = await mkdtemp(join(parent, 'run-'));
  const notebooks = join(home, 'notebooks');
  await cp(join(ROOT, 'notebooks'), notebooks, {recursive: true});
  const env: Record<string, string | undefined> = {
    ...process.env,
    INGOT_HOME: home,
    INGOT_NOTEBOOKS_DIR: notebooks,
    INGOT_PYTHON: installed.python,
    INGOT_NATIVE_DIR: installed.native,
    INGOT_DATA_CACHE: installed.dataCache,
  };
  for (const {setting} of Object.values(PORTS)) env[setting] = String(await freePort());
  const settings = readSettings(env);
  const platform = await startPlatform({settings, steps: createSteps({write: () => {}}), env});
  return {
    ...platform,
    settings,
    async kill(port) {
      const pid = Number(/process (\d+)/.exec((await portHolder(settings.ports[port])) ?? '')?.[1]);
      process.kill(pid, 'SIGKILL');
      while ((await listProcesses()).some(found => found.pid === pid)) await sleep(50);
    },
    async stop() {
      await platform.stop();
      await rm(home, {recursive: true});
    },
  };
}
