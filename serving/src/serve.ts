import {setFlagsFromString} from 'node:v8';
import {batchingOf} from './batching/index.js';
import {adminSettings} from './config/admin.js';
import {flagHelp, ineffective} from './config/flags.js';
import {readSettings} from './config/settings.js';
import {modelSources} from './config/sources.js';
import {FORGETFUL, openStore} from './control/store.js';
import {engineOf} from './engine/index.js';
import {logFormat, logToStderr} from './log.js';
import {NO_OPTIONS, watchOptions} from './placement/options-file.js';
import {ModelServer} from './server.js';
import {VERSION} from './version.js';

/** How long SIGTERM waits for answers that are due before it gives up on them. */
const DRAIN_MS = 30_000;

/** Text until the settings are known that may say otherwise. */
let log = logToStderr('text');

/** Runs the model server until a signal ends it. Ends the process when it cannot start. */
export function serve(args: readonly string[]): Promise<void> {
  return start(args).catch(fail);
}

/**
 * Lets the heap of lasting objects, some 20 MB, grow to four times that before it is collected. V8 counts the bytes of requests
 * under way among what lasts: with less room it collects all of the heap every second under load, or, when it was idle before, ten
 * times a second. Each time, a few hundred requests wait for 10 ms or more.
 */
function collectSeldom(): void {
  setFlagsFromString('--heap-growing-percent=300');
}

async function start(args: readonly string[]): Promise<void> {
  if (args.includes('--help')) {
    process.stdout.write(flagHelp());
    return;
  }
  const settings = readSettings(args, process.env);
  if (settings.version) {
    process.stdout.write(`ingot-serving ${VERSION}\n`);
    return;
  }
  log = logToStderr(logFormat(settings.log_format));
  collectSeldom();
  for (const sentence of ineffective(settings)) log('warning', sentence);
  const {model_options_file: optionsFile, file_system_poll_wait_seconds: pollSeconds} = settings;
  const options = optionsFile === '' ? NO_OPTIONS : await watchOptions(optionsFile, pollSeconds * 1000, log);
  const server = new ModelServer(
    settings,
    await modelSources(settings),
    engineOf(settings, log, options),
    log,
    await batchingOf(settings),
    {
      admin: await adminSettings(settings, process.env),
      store: settings.state_dir === '' ? FORGETFUL : await openStore(settings.state_dir),
    },
    options,
  );
  let stopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping) return;
    stopping = true;
    log('info', `${signal}: answering what is due, then ending`);
    setTimeout(() => {
      log('error', `requests still running after ${DRAIN_MS / 1000} s are given up`);
      process.exit(1);
    }, DRAIN_MS).unref();
    void server.stop().then(
      () => process.exit(0),
      error => fail(error),
    );
  };
  process.on('SIGTERM', stop).on('SIGINT', stop);
  await server.start();
}

function fail(error: unknown): never {
  log('error', `Failed to start server. Error: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
}
