import {readdir, rm, stat} from 'node:fs/promises';
import path from 'node:path';

/** Folders of this name are versions on their way in; nobody else looks at them. */
export const INCOMING = '.incoming-';

/**
 * Removes what a killed worker left behind: incoming folders in which nothing changed for `maxAgeMs`.
 * @returns the removed folders.
 */
export async function sweepIncoming(modelsDir: string, maxAgeMs: number, now: number): Promise<string[]> {
  const removed: string[] = [];
  for (const model of await names(modelsDir)) {
    for (const name of await names(path.join(modelsDir, model))) {
      const dir = path.join(modelsDir, model, name);
      if (!name.startsWith(INCOMING) || now - (await lastChange(dir)) < maxAgeMs) continue;
      await rm(dir, {recursive: true, force: true});
      removed.push(dir);
    }
  }
  return removed;
}

async function lastChange(dir: string): Promise<number> {
  const files = await readdir(dir, {recursive: true}).catch(() => []);
  const times = await Promise.all(
    ['.', ...files].map(file =>
      stat(path.join(dir, file)).then(
        ({mtimeMs}) => mtimeMs,
        () => 0,
      ),
    ),
  );
  return Math.max(...times);
}

async function names(dir: string): Promise<string[]> {
  const entries = await readdir(dir, {withFileTypes: true}).catch(() => []);
  return entries.filter(entry => entry.isDirectory()).map(({name}) => name);
}
