#!/usr/bin/env node
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {runApi} from './api/server.js';
import {lineLog} from './log.js';
import {runWorker} from './worker/worker.js';
import {SettingsError, readSettings} from './settings.js';

const ROLES = {api: runApi, worker: runWorker} as const;

/** `main.js api` or `main.js worker`: runs until SIGTERM or SIGINT, then ends what is under way and exits with 0. */
async function main(role: string | undefined): Promise<void> {
  if (role === undefined || !(role in ROLES)) {
    process.stderr.write('Usage: ingot-deployer api | worker\n');
    process.exit(2);
  }
  const checkout = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');
  const log = lineLog(`deployer ${role}`);
  try {
    const stop = await ROLES[role as keyof typeof ROLES](readSettings(process.env, path.join(checkout, '.ingot')), log);
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.once(signal, () => {
        log('info', `${signal}: stopping.`);
        void stop().then(() => process.exit(0));
      });
    }
  } catch (error) {
    log('error', error instanceof SettingsError ? error.message : String((error as Error).stack ?? error));
    process.exit(1);
  }
}

await main(process.argv[2]);
