import {mkdir, rename, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';

/** Where the Jupyter server shows the deployer and TensorBoard, behind its own login. */
export const DEPLOYER_PROXY = 'ingot-deployer';
export const TENSORBOARD_PROXY = 'ingot-tensorboard';

/** TensorBoard must be started with `--path_prefix=` this: it writes absolute links. */
export const TENSORBOARD_PREFIX = `/${TENSORBOARD_PROXY}`;

/** The header that the deployer wants its token in; the browser never sees it. */
export interface DeployerDoor {
  readonly port: number;
  readonly tokenHeader: string;
  readonly token: string;
}

export interface JupyterOptions {
  /** The folder of the installation; the server's files go into `jupyter/` under it. */
  readonly home: string;
  readonly python: string;
  /** What the file browser shows as its root. */
  readonly notebooks: string;
  readonly host: string;
  readonly port: number;
  readonly token: string;
  readonly deployer: DeployerDoor;
  readonly tensorboardPort: number;
  /** What the server and its kernels inherit, less what must stay from a notebook's code. */
  readonly env: Readonly<Record<string, string>>;
}

export interface JupyterLaunch {
  readonly command: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
}

/** Settings that a kernel, and so any notebook, has no business to know. */
const SECRETS = [
  'INGOT_DEPLOYER_TOKEN',
  'INGOT_SERVING_TOKEN',
  'INGOT_JUPYTER_TOKEN',
  'INGOT_REDIS_URL',
  'INGOT_DATABASE_URL',
];

/**
 * Writes the server's configuration and says how to start it. The user's own Jupyter configuration is not read: what a
 * token, a password or an extension of theirs would change here is nobody's guess.
 */
export async function prepareJupyter(options: JupyterOptions): Promise<JupyterLaunch> {
  const folder = join(options.home, 'jupyter');
  const config = join(folder, 'config', 'ingot.json');
  const settings = join(folder, 'settings');
  await writePrivately(config, JSON.stringify(serverConfig(options, settings), null, 2));
  await writePrivately(join(settings, 'overrides.json'), JSON.stringify(SETTING_DEFAULTS, null, 2));
  const env = Object.fromEntries(Object.entries(options.env).filter(([name]) => !SECRETS.includes(name)));
  return {
    command: [
      options.python,
      '-m',
      'jupyterlab',
      `--config=${config}`,
      ...(process.getuid?.() === 0 ? ['--allow-root'] : []),
    ],
    env: {
      ...env,
      JUPYTER_CONFIG_DIR: join(folder, 'config'),
      JUPYTER_DATA_DIR: join(folder, 'data'),
      JUPYTER_RUNTIME_DIR: join(folder, 'runtime'),
      JUPYTERLAB_SETTINGS_DIR: join(folder, 'user-settings'),
      JUPYTERLAB_WORKSPACES_DIR: join(folder, 'workspaces'),
      IPYTHONDIR: join(folder, 'ipython'),
    },
  };
}

/**
 * JupyterLab's settings until the user says otherwise. Nobody is asked whether news should be fetched: they are not. What
 * is completed shows its documentation, from which TypeScript's libraries are learnt; the first completion after an
 * import waits until the types are read (JupyterLab would give up after a second, and show nothing).
 */
const SETTING_DEFAULTS = {
  '@jupyterlab/completer-extension:manager': {showDocumentationPanel: true, providerTimeout: 15_000},
  '@jupyterlab/apputils-extension:notification': {fetchNews: 'false', checkForUpdates: false},
};

/** The configuration by traitlets class, as `jupyter lab --config=x.json` reads it. */
export function serverConfig(options: JupyterOptions, settings: string): Record<string, Record<string, unknown>> {
  return {
    ServerApp: {
      ip: options.host,
      port: options.port,
      // A port in use must be said, not silently moved away from.
      port_retries: 0,
      open_browser: false,
      root_dir: options.notebooks,
    },
    IdentityProvider: {token: options.token},
    LabApp: {
      app_settings_dir: settings,
      // Nothing is fetched from outside unasked: no update check, no catalogue of extensions.
      check_for_updates_class: 'jupyterlab.NeverCheckForUpdate',
      extension_manager: 'readonly',
    },
    MultiKernelManager: {default_kernel_name: 'ingot'},
    // Other kernels of the machine (a stock "TypeScript" one, say) are not offered beside ours.
    KernelSpecManager: {allowed_kernelspecs: ['ingot', 'python3']},
    ServerProxy: {
      servers: {
        [DEPLOYER_PROXY]: {
          ...proxied(options.deployer.port),
          request_headers_override: {
            [options.deployer.tokenHeader]: literal(options.deployer.token),
            // The proxy would pass the user's Jupyter login on.
            ...withoutLogin,
          },
        },
        [TENSORBOARD_PROXY]: {
          ...proxied(options.tensorboardPort),
          absolute_url: true,
          request_headers_override: withoutLogin,
        },
      },
    },
  };
}

const withoutLogin = {Authorization: '', Cookie: ''};

/** The proxy takes its values as Python's format strings. */
function literal(text: string): string {
  return text.replace(/[{}]/g, '$&$&');
}

function proxied(port: number): Record<string, unknown> {
  return {
    // Not the proxy's to start: our supervisor runs it.
    command: [],
    port,
    launcher_entry: {enabled: false},
    // The panel asks all the time; that is no sign of somebody at work.
    update_last_activity: false,
  };
}

async function writePrivately(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), {recursive: true, mode: 0o700});
  await writeFile(`${file}.new`, text, {mode: 0o600});
  await rename(`${file}.new`, file);
}
