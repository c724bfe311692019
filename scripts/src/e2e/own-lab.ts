import {installKernelspec} from 'ingot/install';
import {mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {prepareJupyter} from '../jupyter/index.js';
import {answers} from '../platform/health.js';
import {readSettings} from '../settings.js';
import {freePort} from '../supervise/ports.js';
import {createSupervisor} from '../supervise/supervisor.js';
import type {LabAddress} from './lab-page.js';

export interface OwnLab extends LabAddress {
  /** What the file browser shows. */
  readonly notebooks: string;
  stop(): Promise<void>;
}

const EMPTY_NOTEBOOK = {
  cells: [{cell_type: 'code', id: 'first', execution_count: null, metadata: {}, outputs: [], source: ''}],
  metadata: {kernelspec: {display_name: 'TypeScript (Ingot)', language: 'typescript', name: 'ingot'}},
  nbformat: 4,
  nbformat_minor: 5,
};

/**
 * A JupyterLab with this checkout's kernel and nothing else of the platform. Its notebooks lie outside the checkout: what
 * they import is what comes with the kernel.
 * @param notebooks names of empty notebooks to begin with.
 */
export async function startOwnLab(notebooks: readonly string[]): Promise<OwnLab> {
  const home = await mkdtemp(join(tmpdir(), 'ingot-lab-'));
  const folder = join(home, 'notebooks');
  await mkdir(folder);
  await Promise.all(notebooks.map(name => writeFile(join(folder, name), JSON.stringify(EMPTY_NOTEBOOK))));
  const prefix = join(home, 'prefix');
  installKernelspec({prefix});
  const [port, closed] = [await freePort(), await freePort()];
  const token = 'lab-token';
  const launch = await prepareJupyter({
    home,
    python: readSettings(process.env).python,
    notebooks: folder,
    host: '127.0.0.1',
    port,
    token,
    deployer: {port: closed, tokenHeader: 'x-ingot-token', token: ''},
    tensorboardPort: closed,
    env: {
      ...(process.env as Record<string, string>),
      NODE_OPTIONS: '',
      JUPYTER_PATH: join(prefix, 'share/jupyter'),
    },
  });
  const supervisor = createSupervisor({logFolder: join(home, 'log')});
  const jupyterUrl = `http://127.0.0.1:${port}`;
  await supervisor.start({
    name: 'jupyter',
    title: 'JupyterLab',
    ...launch,
    cwd: folder,
    healthy: answers(`${jupyterUrl}/api/status`, {authorization: `token ${token}`}),
    startWithinMs: 90_000,
    stopSignal: 'SIGTERM',
  });
  return {
    jupyterUrl,
    jupyterToken: token,
    notebooks: folder,
    async stop() {
      await supervisor.stop();
      await rm(home, {recursive: true, force: true});
    },
  };
}
