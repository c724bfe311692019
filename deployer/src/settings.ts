import path from 'node:path';

/** What the deployer reads from its environment; docs/settings.md and docs/deployer.md say what each is for. */
export interface Settings {
  readonly host: string;
  readonly port: number;
  readonly token: string;
  readonly redisUrl: string;
  readonly modelsDir: string;
  readonly stagingDir: string;
  readonly auditDir: string;
  /** Where the worker reaches serving. */
  readonly servingUrl: string;
  /** Where the worker tells serving which version answers; null: nobody can go back to a version. */
  readonly servingAdmin: {readonly url: string; readonly token: string} | null;
  /** Host names that a request may be addressed to, besides loopback's. */
  readonly allowedHosts: readonly string[];
  readonly concurrency: number;
  readonly maxModelBytes: number;
  readonly replayTimeoutMs: number;
  readonly loadTimeoutMs: number;
}

export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * @param home what INGOT_HOME is when the environment does not say.
 * @throws SettingsError naming the setting, its value and what it must be.
 */
export function readSettings(env: Environment, home: string): Settings {
  const ingotHome = path.resolve(env['INGOT_HOME'] ?? home);
  const folder = (name: string, fallback: string): string => path.resolve(env[name] ?? path.join(ingotHome, fallback));
  return {
    host: env['INGOT_HOST'] ?? '127.0.0.1',
    port: integer(env, 'INGOT_DEPLOYER_PORT', 8600, 0, 65_535),
    token: required(env, 'INGOT_DEPLOYER_TOKEN', 'a secret of at least 16 characters', value => value.length >= 16),
    redisUrl: required(env, 'INGOT_REDIS_URL', 'a redis:// or rediss:// address', value => /^rediss?:\/\//.test(value)),
    modelsDir: folder('INGOT_MODELS_DIR', 'models'),
    stagingDir: folder('INGOT_STAGING_DIR', 'staging'),
    auditDir: auditFolder(env, home),
    servingUrl: address(env, 'INGOT_SERVING_URL', 'INGOT_REST_PORT', '8501'),
    servingAdmin: servingAdmin(env),
    allowedHosts: (env['INGOT_ALLOWED_HOSTS'] ?? '')
      .split(',')
      .map(host => host.trim().toLowerCase())
      .filter(Boolean),
    concurrency: integer(env, 'INGOT_DEPLOY_CONCURRENCY', 2, 1, 64),
    maxModelBytes: integer(env, 'INGOT_MAX_MODEL_BYTES', 8 * 2 ** 30, 1, Number.MAX_SAFE_INTEGER),
    replayTimeoutMs: integer(env, 'INGOT_REPLAY_TIMEOUT_MS', 120_000, 100, 3_600_000),
    loadTimeoutMs: integer(env, 'INGOT_LOAD_TIMEOUT_MS', 120_000, 100, 3_600_000),
  };
}

export function auditFolder(env: Environment, home: string): string {
  return path.resolve(env['INGOT_AUDIT_DIR'] ?? path.join(env['INGOT_HOME'] ?? home, 'audit'));
}

function address(env: Environment, name: string, port: string, standardPort: string): string {
  const text = env[name] ?? `http://127.0.0.1:${env[port] ?? standardPort}`;
  if (!/^https?:$/.test(URL.canParse(text) ? new URL(text).protocol : '')) {
    throw new SettingsError(`${name} is "${text}"; it must be an http:// or https:// address.`);
  }
  return text.replace(/\/+$/, '');
}

function servingAdmin(env: Environment): Settings['servingAdmin'] {
  const token = env['INGOT_SERVING_TOKEN'];
  if (!token) return null;
  return {url: address(env, 'INGOT_SERVING_ADMIN_URL', 'INGOT_SERVING_ADMIN_PORT', '8502'), token};
}

function required(env: Environment, name: string, what: string, valid: (value: string) => boolean): string {
  const value = env[name];
  if (value === undefined || !valid(value)) {
    throw new SettingsError(
      `${name} is ${value ? 'not valid' : 'not set'}; it must be ${what}. \`npm start\` sets it.`,
    );
  }
  return value;
}

function integer(env: Environment, name: string, fallback: number, min: number, max: number): number {
  const text = env[name];
  if (text === undefined || text === '') return fallback;
  const value = Number(text);
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new SettingsError(`${name} is "${text}"; it must be a whole number from ${min} to ${max}.`);
  }
  return value;
}
