import {access, constants} from 'node:fs/promises';
import {delimiter, join} from 'node:path';
import {runProgram} from '../terminal/run-program.js';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/**
 * A Chromium for the browser tests: CHROMIUM_PATH, one on the path, or the system's package where it may be installed.
 * @throws Error with the one command to run.
 */
export async function findChromium(detail: (text: string) => void): Promise<string> {
  const set = process.env['CHROMIUM_PATH'];
  if (set !== undefined && (await isProgram(set))) return set;
  const found = await onPath();
  if (found !== null) return found;
  if (process.platform === 'linux' && process.getuid?.() === 0 && (await isProgram('/usr/bin/apt-get'))) {
    detail('apt-get install chromium');
    await runProgram('apt-get', ['update'], {onLine: detail});
    await runProgram('apt-get', ['install', '--yes', '--no-install-recommends', 'chromium'], {onLine: detail});
    const installed = await onPath();
    if (installed !== null) return installed;
  }
  throw new Error('The browser tests need Chromium. Install it: sudo apt-get install chromium, or set CHROMIUM_PATH.');
}

async function onPath(): Promise<string | null> {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    for (const name of NAMES) {
      const file = join(folder, name);
      if (await isProgram(file)) return file;
    }
  }
  return null;
}

function isProgram(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}
