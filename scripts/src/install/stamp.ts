import {createHash} from 'node:crypto';
import {mkdir, readFile, rename, writeFile} from 'node:fs/promises';
import {dirname} from 'node:path';

/** The key of an installation: it changes when anything that it was made from changes. */
export function stampKey(...parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

/** Whether `file` says that something was done for this key. */
export async function isDone(file: string, key: string): Promise<boolean> {
  const found = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  return found === key;
}

/** Does `work` unless `file` says that it was done for the same key; says so only after it succeeded. */
export async function onceFor(file: string, key: string, work: () => Promise<void>): Promise<'done' | 'already'> {
  if (await isDone(file, key)) return 'already';
  await work();
  await mkdir(dirname(file), {recursive: true});
  await writeFile(`${file}.new`, key);
  await rename(`${file}.new`, file);
  return 'done';
}
