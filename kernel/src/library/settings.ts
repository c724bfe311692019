import {join} from 'node:path';
import {fileURLToPath} from 'node:url';

/** Where the library reads and writes, as docs/settings.md has it. */
export interface Settings {
  /** A folder with data sets, looked at first; null when none is set. */
  readonly data: string | null;
  readonly dataCache: string;
  readonly staging: string;
  readonly logs: string;
  readonly checkpoints: string;
}

export function settings(env: NodeJS.ProcessEnv = process.env): Settings {
  const home = env['INGOT_HOME'] || fileURLToPath(new URL('../../../.ingot', import.meta.url));
  return {
    data: env['INGOT_DATA'] || null,
    dataCache: env['INGOT_DATA_CACHE'] || join(home, 'data'),
    staging: env['INGOT_STAGING_DIR'] || join(home, 'staging'),
    logs: env['INGOT_LOGS_DIR'] || join(home, 'logs'),
    checkpoints: join(home, 'checkpoints'),
  };
}
