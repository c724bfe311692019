import {createHash} from 'node:crypto';
import {createReadStream} from 'node:fs';
import {lstat, readFile, readdir, stat} from 'node:fs/promises';
import {join} from 'node:path';
import {pipeline} from 'node:stream/promises';
import {Checksums, EXTRA_FILES, GoldenSamples} from '@ingot/tensorflow/contract';
import type {TSchema, Static} from 'typebox';
import {Value} from 'typebox/value';
import {StatusError, invalidArgument} from '../status/status.js';

/** What lies in a version's folder beside the SavedModel: whether it is all there, and what it promises. */

/**
 * Changes whenever a file of the folder is added, removed or written. `changedAt` is the newest change, ms since 1970.
 * @throws the file system's error when the folder cannot be read.
 */
export async function fingerprint(folder: string): Promise<{text: string; changedAt: number}> {
  const parts: string[] = [];
  let changedAt = 0;
  const names = (await readdir(folder, {recursive: true})).sort();
  for (const name of ['', ...names]) {
    const entry = await stat(join(folder, name));
    changedAt = Math.max(changedAt, entry.ctimeMs);
    parts.push(`${name}:${entry.size}:${entry.mtimeMs}:${entry.ino}`);
  }
  return {text: parts.join('\n'), changedAt};
}

/** True when the folder says itself what must be in it, and so can be loaded the moment it is there. */
export async function hasChecksums(folder: string): Promise<boolean> {
  return (await readExtra(folder, EXTRA_FILES.checksums)) !== null;
}

/**
 * Checks every file that `assets.extra/checksums.json` lists; nothing when there is no such file.
 * @throws StatusError DATA_LOSS that names the first file that is missing or differs.
 */
export async function verifyChecksums(folder: string): Promise<void> {
  const checksums = await readExtraAs(folder, EXTRA_FILES.checksums, Checksums);
  if (checksums === null) return;
  for (const [path, wanted] of Object.entries(checksums.files)) {
    if (path.split('/').some(part => part === '' || part === '.' || part === '..') || path.includes('\\')) {
      throw new StatusError('DATA_LOSS', `${EXTRA_FILES.checksums} lists the path "${path}", which is not in the folder`);
    }
    const entry = await lstat(join(folder, path)).catch(() => null);
    if (entry === null || !entry.isFile()) {
      throw new StatusError('DATA_LOSS', `${path} is missing; publish the version again`);
    }
    if (entry.size !== wanted.bytes) {
      throw new StatusError('DATA_LOSS', `${path} has ${entry.size} bytes instead of ${wanted.bytes}; publish the version again`);
    }
    if ((await sha256(join(folder, path))) !== wanted.sha256) {
      throw new StatusError('DATA_LOSS', `${path} does not match its SHA-256 checksum; publish the version again`);
    }
  }
}

/** The version's golden samples, null when it brings none. @throws StatusError DATA_LOSS when they are malformed. */
export function readGolden(folder: string): Promise<GoldenSamples | null> {
  return readExtraAs(folder, EXTRA_FILES.golden, GoldenSamples);
}

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

async function readExtra(folder: string, path: string): Promise<string | null> {
  try {
    return await readFile(join(folder, path), 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

async function readExtraAs<S extends TSchema>(folder: string, path: string, schema: S): Promise<Static<S> | null> {
  const text = await readExtra(folder, path);
  if (text === null) return null;
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    throw new StatusError('DATA_LOSS', `${path} is not JSON`, {cause: error});
  }
  if (!Value.Check(schema, content)) {
    const [first] = Value.Errors(schema, content);
    throw invalidArgument(`${path} is malformed: ${first?.instancePath ?? ''} ${first?.message ?? ''}`);
  }
  return content;
}
