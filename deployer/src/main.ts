#!/usr/bin/env node
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {runApi} from './api/server.js';
import {readAudit} from './lineage/audit.js';
import {lineLog, type Log} from './log.js';
import {runWorker} from './worker/worker.js';
import {SettingsError, auditFolder, readSettings} from './settings.js';

const ROLES = {api: runApi, worker: runWorker} as const;
const STOP_LIMIT_MS = 12_000;
const USAGE = `Usage: ingot-deployer api      answer deployment requests
       ingot-deployer worker   work on deployments
       ingot-deployer audit    print the audit trail, and check it for tampering
`;

/** An API or a worker runs until SIGTERM or SIGINT, then ends or hands over what is under way and exits with 0. */
async function main(role: string | undefined): Promise<void> {
  const checkout = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');
  if (role === 'audit') process.exit(await printAudit(auditFolder(process.env, path.join(checkout, '.ingot'))));
  if (role === undefined || !Object.hasOwn(ROLES, role)) {
    process.stderr.write(USAGE);
    process.exit(2);
  }
  const log = lineLog(`deployer ${role}`);
  const starting = start(ROLES[role as keyof typeof ROLES], path.join(checkout, '.ingot'), log);
  // From the first moment on: a worker may have taken a deployment before it has said that it is up.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      log('info', `${signal}: stopping.`);
      // A queue that is away can hold up a goodbye for ever.
      setTimeout(() => process.exit(1), STOP_LIMIT_MS).unref();
      void starting.then(stop => stop()).then(() => process.exit(0));
    });
  }
  try {
    await starting;
  } catch (error) {
    log('error', error instanceof SettingsError ? error.message : String((error as Error).stack ?? error));
    process.exit(1);
  }
}

/** Asynchronous from its first line, so that what is wrong with the settings is a rejection, too. */
async function start(role: (typeof ROLES)[keyof typeof ROLES], home: string, log: Log): Promise<() => Promise<void>> {
  return role(readSettings(process.env, home), log);
}

/** @returns the exit code: 1 when the trail was tampered with. */
async function printAudit(dir: string): Promise<number> {
  const {lines, faults} = await readAudit(dir);
  for (const {at, event, deployment, model, version, by, reason} of lines) {
    const what = version == null ? model : `${model} version ${version}`;
    process.stdout.write(`${at} ${event.padEnd(9)} ${what} by ${by} (${deployment})${reason ? `: ${reason}` : ''}\n`);
  }
  for (const fault of faults) process.stderr.write(`Tampered: ${fault}\n`);
  return faults.length ? 1 : 0;
}

await main(process.argv[2]);
