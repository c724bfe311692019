import {execFile} from 'node:child_process';
import {createHash} from 'node:crypto';
import {existsSync} from 'node:fs';
import {mkdir, readFile, rename, rm} from 'node:fs/promises';
import {join, resolve} from 'node:path';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';

const run = promisify(execFile);
const SCRIPT = fileURLToPath(new URL('../../testing/make_models.py', import.meta.url));
const CHECKOUT = fileURLToPath(new URL('../../../', import.meta.url));

/** Where everything is that is installed, built or written at run time. */
export const HOME = resolve(process.env['INGOT_HOME'] ?? join(CHECKOUT, '.ingot'));
export const PYTHON = process.env['INGOT_PYTHON'] ?? join(HOME, 'python/bin/python');

/** The folder of the models that tests serve: made once by Python's TensorFlow, made again when their script changes. */
export async function testModels(): Promise<string> {
  const hash = createHash('sha256')
    .update(await readFile(SCRIPT))
    .digest('hex')
    .slice(0, 12);
  const folder = join(HOME, 'test-models', hash);
  if (existsSync(folder)) return folder;
  const incoming = `${folder}.incoming-${process.pid}`;
  await mkdir(incoming, {recursive: true});
  await run(PYTHON, [SCRIPT, incoming], {maxBuffer: 64 * 1024 * 1024});
  // Two tests at once may both have made it: the first one stays.
  await rename(incoming, folder).catch(() => rm(incoming, {recursive: true}));
  return folder;
}
