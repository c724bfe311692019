import {randomBytes} from 'node:crypto';
import {existsSync, mkdirSync, readFileSync, renameSync, writeFileSync} from 'node:fs';
import {dirname, join, resolve} from 'node:path';
import {fileURLToPath} from 'node:url';

/** Where the checkout lies: this file is `<root>/scripts/lib/settings.js` once compiled. */
export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** The ports by part, with the setting that moves each. */
export const PORTS = {
  jupyter: {setting: 'INGOT_JUPYTER_PORT', standard: 8888},
  deployer: {setting: 'INGOT_DEPLOYER_PORT', standard: 8600},
  rest: {setting: 'INGOT_REST_PORT', standard: 8501},
  grpc: {setting: 'INGOT_GRPC_PORT', standard: 8500},
  control: {setting: 'INGOT_SERVING_ADMIN_PORT', standard: 8502},
  tensorboard: {setting: 'INGOT_TENSORBOARD_PORT', standard: 6006},
  pages: {setting: 'INGOT_PAGES_PORT', standard: 3001},
  queue: {setting: 'INGOT_QUEUE_PORT', standard: 6390},
} as const;
export type PortName = keyof typeof PORTS;

export type Device = 'auto' | 'cpu' | 'gpu';

export interface Settings {
  readonly root: string;
  readonly home: string;
  readonly host: string;
  readonly ports: Readonly<Record<PortName, number>>;
  readonly python: string;
  /** Where native builds are cached. */
  readonly native: string;
  /** The folder that JupyterLab shows. */
  readonly notebooks: string;
  readonly models: string;
  readonly staging: string;
  /** Where the model server keeps pins and the like. */
  readonly servingState: string;
  readonly logs: string;
  readonly data: string | null;
  readonly dataCache: string;
  /** Null: the embedded Valkey. */
  readonly redisUrl: string | null;
  readonly device: Device;
}

/** Secrets of one `.ingot` folder: made at the first start, readable by its owner only. */
export interface Secrets {
  readonly jupyterToken: string;
  readonly deployerToken: string;
  readonly servingToken: string;
  readonly queuePassword: string;
}

/**
 * Reads the settings of docs/settings.md from an environment.
 * @throws Error naming the setting and its value when one is not what it must be.
 */
export function readSettings(env: Readonly<Record<string, string | undefined>>, root: string = ROOT): Settings {
  const home = resolve(env['INGOT_HOME'] ?? join(root, '.ingot'));
  const at = (setting: string, standard: string): string => resolve(env[setting] ?? join(home, standard));
  const data = env['INGOT_DATA'];
  return {
    root,
    home,
    host: env['INGOT_HOST'] ?? '127.0.0.1',
    ports: readPorts(env),
    python: at('INGOT_PYTHON', 'python/bin/python'),
    native: at('INGOT_NATIVE_DIR', 'native'),
    notebooks: resolve(env['INGOT_NOTEBOOKS_DIR'] ?? join(root, 'notebooks')),
    models: at('INGOT_MODELS_DIR', 'models'),
    staging: at('INGOT_STAGING_DIR', 'staging'),
    servingState: at('INGOT_SERVING_STATE_DIR', 'serving'),
    logs: at('INGOT_LOGS_DIR', 'logs'),
    data: data === undefined || data === '' ? null : resolve(data),
    dataCache: at('INGOT_DATA_CACHE', 'data'),
    redisUrl: env['INGOT_REDIS_URL'] ?? null,
    device: readDevice(env['INGOT_DEVICE'] ?? 'auto'),
  };
}

function readPorts(env: Readonly<Record<string, string | undefined>>): Record<PortName, number> {
  const offset = readInteger('INGOT_PORT_OFFSET', env['INGOT_PORT_OFFSET'] ?? '0', 0, 50_000);
  const ports = {} as Record<PortName, number>;
  const taken = new Map<number, string>();
  for (const [name, {setting, standard}] of Object.entries(PORTS) as [PortName, (typeof PORTS)[PortName]][]) {
    const text = env[setting];
    const port = text === undefined ? standard + offset : readInteger(setting, text, 1, 65_535);
    const other = taken.get(port);
    if (other !== undefined)
      throw new Error(`${setting} and ${other} are both ${port}. Give each part a port of its own.`);
    taken.set(port, setting);
    ports[name] = port;
  }
  return ports;
}

function readInteger(setting: string, text: string, from: number, to: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < from || value > to) {
    throw new Error(`${setting} is "${text}"; it must be a whole number from ${from} to ${to}.`);
  }
  return value;
}

function readDevice(text: string): Device {
  if (text === 'auto' || text === 'cpu' || text === 'gpu') return text;
  throw new Error(`INGOT_DEVICE is "${text}"; it must be auto, cpu or gpu.`);
}

/**
 * Reads the secrets of a home folder, and makes those that are missing. INGOT_JUPYTER_TOKEN, INGOT_DEPLOYER_TOKEN and
 * INGOT_SERVING_TOKEN override.
 */
export function readSecrets(home: string, env: Readonly<Record<string, string | undefined>>): Secrets {
  const file = join(home, 'secrets.json');
  const stored = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Partial<Secrets>) : {};
  const secrets: Secrets = {
    jupyterToken: stored.jupyterToken ?? makeSecret(),
    deployerToken: stored.deployerToken ?? makeSecret(),
    servingToken: stored.servingToken ?? makeSecret(),
    queuePassword: stored.queuePassword ?? makeSecret(),
  };
  if (Object.keys(secrets).some(name => !Object.hasOwn(stored, name))) {
    mkdirSync(home, {recursive: true});
    writeFileSync(`${file}.new`, JSON.stringify(secrets, null, 2), {mode: 0o600});
    renameSync(`${file}.new`, file);
  }
  return {
    ...secrets,
    jupyterToken: env['INGOT_JUPYTER_TOKEN'] ?? secrets.jupyterToken,
    deployerToken: env['INGOT_DEPLOYER_TOKEN'] ?? secrets.deployerToken,
    servingToken: env['INGOT_SERVING_TOKEN'] ?? secrets.servingToken,
  };
}

function makeSecret(): string {
  return randomBytes(24).toString('hex');
}

/** The address of the queue: the embedded one's unless another is set. */
export function queueUrl(settings: Settings, secrets: Secrets): string {
  return settings.redisUrl ?? `redis://:${secrets.queuePassword}@127.0.0.1:${settings.ports.queue}`;
}

/** Where people and the deployer reach the model server. */
export function servingUrl(settings: Settings, env: Readonly<Record<string, string | undefined>>): string {
  return env['INGOT_SERVING_URL'] ?? `http://${reachable(settings.host)}:${settings.ports.rest}`;
}

/** Where the deployer controls the model server: a door of its own, on loopback unless set otherwise. */
export function servingAdminUrl(settings: Settings, env: Readonly<Record<string, string | undefined>>): string {
  return env['INGOT_SERVING_ADMIN_URL'] ?? `http://127.0.0.1:${settings.ports.control}`;
}

/** The address to call for an address that is listened on. */
export function reachable(host: string): string {
  return host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
}

/** The environment that every part gets: the settings, in the words of docs/settings.md. */
export function partEnvironment(
  settings: Settings,
  secrets: Secrets,
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const ports = Object.entries(PORTS).map(([name, {setting}]) => [setting, String(settings.ports[name as PortName])]);
  return {
    ...(Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined)) as Record<string, string>),
    ...(Object.fromEntries(ports) as Record<string, string>),
    INGOT_HOME: settings.home,
    INGOT_HOST: settings.host,
    INGOT_PYTHON: settings.python,
    INGOT_MODELS_DIR: settings.models,
    INGOT_STAGING_DIR: settings.staging,
    INGOT_LOGS_DIR: settings.logs,
    INGOT_DATA_CACHE: settings.dataCache,
    ...(settings.data === null ? {} : {INGOT_DATA: settings.data}),
    INGOT_DEVICE: settings.device,
    INGOT_REDIS_URL: queueUrl(settings, secrets),
    INGOT_DEPLOYER_TOKEN: secrets.deployerToken,
    INGOT_SERVING_URL: servingUrl(settings, env),
    INGOT_SERVING_STATE_DIR: settings.servingState,
    INGOT_SERVING_ADMIN_URL: servingAdminUrl(settings, env),
    INGOT_SERVING_TOKEN: secrets.servingToken,
    TF_CPP_MIN_LOG_LEVEL: env['TF_CPP_MIN_LOG_LEVEL'] ?? '2',
  };
}
