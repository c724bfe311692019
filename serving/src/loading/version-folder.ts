import {readFile, readdir, stat} from 'node:fs/promises';
import {join} from 'node:path';
import {EXTRA_FILES, parseGolden, verifyChecksums, type GoldenSamples} from '@ingot/tensorflow/contract';
import {listOps} from '@ingot/tensorflow/session';
import {StatusError} from '../status/status.js';

/** What lies in a version's folder beside the SavedModel: whether it is all there, and what it promises. */

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

/** True when the folder says itself what must be in it, and so can be loaded the moment it is there. */
export async function hasChecksums(folder: string): Promise<boolean> {
  return (await readChecksums(folder)) !== null;
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

/**
 * Checks every file against the version's checksums; where it brings none, that its variables are there.
 * @throws StatusError DATA_LOSS naming the file.
 */
export async function checkFiles(folder: string): Promise<void> {
  if (await hasChecksums(folder)) await asDataLoss(() => verifyChecksums(folder));
  else await checkVariables(folder);
}

const VARIABLES_INDEX = 'variables/variables.index';
const VARIABLE_OPS: ReadonlySet<string> = new Set(['VarHandleOp', 'VariableV2', 'Variable']);

/**
 * TensorFlow loads a graph whose variables are not there, and fails at every run: so does a version look that is still being
 * copied.
 */
async function checkVariables(folder: string): Promise<void> {
  if ((await readOptional(folder, VARIABLES_INDEX)) !== null) return;
  // What is no SavedModel at all, TensorFlow says itself.
  const {ops} = await listOps(folder).catch(() => ({ops: []}));
  if (ops.some(op => VARIABLE_OPS.has(op))) {
    throw new StatusError('DATA_LOSS', `The graph has variables, but ${VARIABLES_INDEX} is missing: copy it, too`);
  }
}

/** The version's golden samples, null when it brings none. @throws StatusError DATA_LOSS when they are malformed. */
export async function readGolden(folder: string): Promise<GoldenSamples | null> {
  const text = await readOptional(folder, EXTRA_FILES.golden);
  return text === null ? null : asDataLoss(async () => parseGolden(text));
}

async function asDataLoss<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new StatusError('DATA_LOSS', error instanceof Error ? error.message : String(error), {cause: error});
  }
}

async function readOptional(folder: string, path: string): Promise<Buffer | null> {
  try {
    return await readFile(join(folder, path));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
