import type {AdminSettings} from '../admin/door.js';
import {invalidArgument} from '../status/status.js';
import type {Settings} from './flags.js';
import {MIN_TOKEN, readToken} from './token.js';

/**
 * How the admin API is reached; null while it is closed.
 * @throws StatusError when it would be open to everybody, or forget what it is told.
 */
export async function adminSettings(settings: Settings, environment: NodeJS.ProcessEnv): Promise<AdminSettings | null> {
  const {admin_port: port, admin_host: host, admin_token_file: file, state_dir: stateDir} = settings;
  if (port === 0) return null;
  if (stateDir === '') {
    throw invalidArgument('--admin_port needs --state_dir: what is said of models must be kept over restarts');
  }
  const token = file === '' ? (environment['INGOT_SERVING_TOKEN'] ?? '') : await readToken('admin_token_file', file);
  if (token.length < MIN_TOKEN) {
    throw invalidArgument(
      `--admin_port needs a token of at least ${MIN_TOKEN} characters, in --admin_token_file or INGOT_SERVING_TOKEN`,
    );
  }
  return {host, port, token};
}
