import {readdir, readFile} from 'node:fs/promises';
import path from 'node:path';
import {EXTRA_FILES, GoldenSamples, Lineage, ModelContract, NAME_PATTERN} from '@ingot/tensorflow/contract';
import type {TSchema, Static} from 'typebox';
import Value from 'typebox/value';

const NAME = new RegExp(NAME_PATTERN);
/** A version folder is a number without sign or leading zeros; everything else is nobody's version. */
const VERSION = /^[1-9]\d{0,14}$/;

export function isName(text: string): boolean {
  return NAME.test(text);
}

/** @returns the models with a published version, by name. */
export async function listModels(modelsDir: string): Promise<string[]> {
  const names = (await folders(modelsDir)).filter(isName).sort();
  const counts = await Promise.all(names.map(async name => (await listVersions(modelsDir, name)).length));
  return names.filter((_name, index) => counts[index]);
}

/** @returns the published versions of the model, newest first; none when there is no such model. */
export async function listVersions(modelsDir: string, model: string): Promise<number[]> {
  if (!isName(model)) return [];
  const names = await folders(path.join(modelsDir, model));
  return names
    .filter(name => VERSION.test(name))
    .map(Number)
    .sort((a, b) => b - a);
}

export interface VersionRecord {
  /** Null where the version has none, or one that is not valid: versions can be copied in by hand. */
  readonly contract: ModelContract | null;
  readonly lineage: Lineage | null;
}

export async function readVersion(modelsDir: string, model: string, version: number): Promise<VersionRecord> {
  const dir = path.join(modelsDir, model, String(version));
  const [contract, lineage] = await Promise.all([
    readRecord(path.join(dir, EXTRA_FILES.contract), ModelContract),
    readRecord(path.join(dir, EXTRA_FILES.lineage), Lineage),
  ]);
  return {contract, lineage};
}

/** @returns null where the version has none. */
export async function readGolden(modelsDir: string, model: string, version: number): Promise<GoldenSamples | null> {
  return readRecord(path.join(modelsDir, model, String(version), EXTRA_FILES.golden), GoldenSamples);
}

/** @returns the version that this deployment published, or null when it has not published one. */
export async function versionOf(modelsDir: string, model: string, deploymentId: string): Promise<number | null> {
  for (const version of await listVersions(modelsDir, model)) {
    const {lineage} = await readVersion(modelsDir, model, version);
    if (lineage?.deployment?.id === deploymentId) return version;
  }
  return null;
}

async function folders(dir: string): Promise<string[]> {
  try {
    const entries = await readdir(dir, {withFileTypes: true});
    return entries.filter(entry => entry.isDirectory()).map(entry => entry.name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

async function readRecord<T extends TSchema>(file: string, schema: T): Promise<Static<T> | null> {
  try {
    const json: unknown = JSON.parse(await readFile(file, 'utf8'));
    return Value.Check(schema, json) ? json : null;
  } catch {
    return null;
  }
}
