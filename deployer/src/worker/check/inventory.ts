import {lstat, readdir, realpath} from 'node:fs/promises';
import path from 'node:path';
import {EXTRA_FILES} from '@ingot/tensorflow/contract';
import {DeployFailure, STAGE_AGAIN} from '../failure.js';

/** Regular files by their path relative to the folder, with forward slashes, and their sizes in bytes. */
export type Inventory = ReadonlyMap<string, number>;

export interface InventoryLimits {
  readonly maxBytes: number;
  readonly maxFiles: number;
}

/** Where a version may have files: the places of a SavedModel, and ours. */
const PLACES = [
  /^saved_model\.pb$/,
  /^(fingerprint|keras_metadata)\.pb$/,
  /^(variables|assets|assets\.extra)\/(?!\.)[^/]+(\/(?!\.)[^/]+)*$/,
];
const NEEDED = ['saved_model.pb', ...Object.values(EXTRA_FILES)];
const JSON_LIMITS: Readonly<Record<string, number>> = {
  [EXTRA_FILES.contract]: 2 ** 20,
  [EXTRA_FILES.lineage]: 2 ** 20,
  [EXTRA_FILES.checksums]: 4 * 2 ** 20,
  [EXTRA_FILES.golden]: 64 * 2 ** 20,
};

/**
 * @returns the staged model's folder, in which no link leads anywhere else.
 * @throws DeployFailure when it is not there or is not a folder in the staging folder itself.
 */
export async function findStaged(stagingDir: string, staged: string): Promise<string> {
  const root = await realpath(stagingDir).catch(() => null);
  const dir = root === null ? null : path.join(root, staged);
  const stats = dir === null ? null : await lstat(dir).catch(() => null);
  if (!dir || !stats) throw new DeployFailure(`The staged model "${staged}" is not there any more.`, STAGE_AGAIN);
  if (!stats.isDirectory() || path.dirname(dir) !== root) {
    throw new DeployFailure(`The staged model "${staged}" is not a folder of the staging folder.`, STAGE_AGAIN);
  }
  return dir;
}

/** @throws DeployFailure naming the file that may not be there, is missing, or is too large. */
export async function takeInventory(dir: string, limits: InventoryLimits): Promise<Inventory> {
  const files = new Map<string, number>();
  let bytes = 0;
  for (const entry of await readdir(dir, {recursive: true, withFileTypes: true})) {
    const file = path.relative(dir, path.join(entry.parentPath, entry.name)).split(path.sep).join('/');
    if (entry.isDirectory()) continue;
    const stats = await lstat(path.join(dir, file));
    if (!stats.isFile() || stats.nlink !== 1) throw notPlain(file);
    if (!PLACES.some(place => place.test(file))) throw unexpected(file);
    const limit = JSON_LIMITS[file] ?? Infinity;
    bytes += stats.size;
    if (stats.size > limit) throw tooLarge(`"${file}" has ${stats.size} bytes`, limit);
    if (bytes > limits.maxBytes)
      throw tooLarge(`The model has ${bytes} bytes or more`, limits.maxBytes, 'INGOT_MAX_MODEL_BYTES');
    files.set(file, stats.size);
    if (files.size > limits.maxFiles) {
      throw new DeployFailure(`The staged model has more than ${limits.maxFiles} files.`, STAGE_AGAIN);
    }
  }
  const missing = NEEDED.find(file => !files.has(file));
  if (missing) throw new DeployFailure(`The staged model has no "${missing}".`, STAGE_AGAIN);
  return files;
}

function notPlain(file: string): DeployFailure {
  return new DeployFailure(`"${file}" in the staged model is a link or not a plain file.`, STAGE_AGAIN);
}

function unexpected(file: string): DeployFailure {
  return new DeployFailure(
    `"${file}" has no place in a SavedModel.`,
    'A model may have saved_model.pb, variables/, assets/ and assets.extra/. Remove the file, or stage the model again.',
  );
}

function tooLarge(what: string, limit: number, setting?: string): DeployFailure {
  return new DeployFailure(
    `${what}; ${limit} are allowed.`,
    setting
      ? `Make the model smaller, or raise ${setting} of the deployer's worker.`
      : 'Keep fewer or smaller samples.',
  );
}
