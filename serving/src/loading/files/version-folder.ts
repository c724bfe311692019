import {readFile, readdir, stat} from 'node:fs/promises';
import {join} from 'node:path';
import {EXTRA_FILES} from '@ingot/tensorflow/contract';
import {StatusError} from '../../status/status.js';

/** What lies in a version's folder. */

export interface Fingerprint {
  /** Changes whenever a file of the folder is added, removed or written. */
  readonly text: string;
  /** What tells a copy of a file, as from a backup, from another one: by the file's path in the folder. */
  readonly files: ReadonlyMap<string, {readonly bytes: number; readonly mtimeMs: number}>;
  /** The newest change, ms since 1970. */
  readonly changedAt: number;
}

/** @throws the file system's error when the folder cannot be read. */
export async function fingerprint(folder: string): Promise<Fingerprint> {
  const parts: string[] = [];
  const files = new Map<string, {bytes: number; mtimeMs: number}>();
  let changedAt = 0;
  const names = (await readdir(folder, {recursive: true})).sort();
  for (const name of ['', ...names]) {
    const entry = await stat(join(folder, name));
    changedAt = Math.max(changedAt, entry.ctimeMs);
    parts.push(`${name}:${entry.size}:${entry.mtimeMs}:${entry.ino}`);
    if (entry.isFile()) files.set(name, {bytes: entry.size, mtimeMs: entry.mtimeMs});
  }
  return {text: parts.join('\n'), files, changedAt};
}

/** The version's checksums as they are written; null when it brings none. @throws the file system's error */
export async function readChecksums(folder: string): Promise<string | null> {
  return (await readOptional(folder, EXTRA_FILES.checksums))?.toString() ?? null;
}

/** What a person is told of a version whose folder cannot be looked at. */
export function unreadable(error: unknown): StatusError {
  const {code, message} = error as NodeJS.ErrnoException;
  const options = {cause: error};
  if (code === 'EACCES' || code === 'EPERM') {
    const remedy = 'let the user read it that the server runs as';
    return new StatusError('PERMISSION_DENIED', `The folder cannot be read (${message}): ${remedy}`, options);
  }
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new StatusError('NOT_FOUND', `There is no folder of files (${message})`, options);
  }
  return new StatusError('UNAVAILABLE', `The folder cannot be read (${message})`, options);
}

/** @returns null when there is no such file in the folder */
export async function readOptional(folder: string, path: string): Promise<Buffer | null> {
  try {
    return await readFile(join(folder, path));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
