import {createHash, randomBytes} from 'node:crypto';
import {mkdir, readdir, realpath, rename, rm} from 'node:fs/promises';
import path from 'node:path';
import {EXTRA_FILES, type Checksums, type Lineage} from '@ingot/tensorflow/contract';
import {readVersion, versionOf} from '../lineage/volume.js';
import {copyDurably, syncFolder, writeDurably} from './durable.js';
import {claimNumber} from './numbers.js';
import {INCOMING} from './sweep.js';

export interface Publication {
  readonly modelsDir: string;
  readonly model: string;
  /** The checked staged folder, what it must hash to, and its lineage. */
  readonly stagedDir: string;
  readonly checksums: Checksums;
  readonly lineage: Lineage;
  readonly deployment: {readonly id: string; readonly requestedAt: string; readonly requestedBy: string};
  readonly now: () => Date;
  /** The last moment at which it can be given up, by throwing. */
  readonly mayPublish?: () => Promise<void>;
  /** Told of each step as it is done. */
  readonly onStep?: (step: PublishStep, version?: number) => void;
}
export type PublishStep = 'copied' | 'claimed' | 'written' | 'renamed';

/** The staged files are not those that were checked. */
export class ChangedSinceCheck extends Error {
  override readonly name = 'ChangedSinceCheck';
}

/**
 * Makes the staged folder a numbered version. Either the whole version is there afterwards, or nothing of it is: it is
 * written beside, synced, and renamed once. Doing it again for the same deployment gives the same version.
 *
 * @returns the version number.
 * @throws ChangedSinceCheck; an error of the file system (ENOSPC, EACCES...), in which case nothing became visible.
 */
export async function publish(publication: Publication): Promise<number> {
  const {model, deployment, onStep} = publication;
  const modelDir = await openModelFolder(publication.modelsDir, model);
  const before = await versionOf(publication.modelsDir, model, deployment.id);
  if (before !== null) return before;
  const incoming = path.join(modelDir, `${INCOMING}${deployment.id}-${randomBytes(6).toString('hex')}`);
  try {
    await copyStaged(publication, incoming);
    onStep?.('copied');
    await publication.mayPublish?.();
    for (let above = 0; ;) {
      const version = await claimNumber(modelDir, deployment.id, above);
      onStep?.('claimed', version);
      await writeRecords(publication, incoming, version);
      onStep?.('written', version);
      if (await becomes(incoming, path.join(modelDir, String(version)))) {
        await syncFolder(modelDir);
        onStep?.('renamed', version);
        return version;
      }
      const there = await readVersion(publication.modelsDir, model, version);
      if (there.lineage?.deployment?.id === deployment.id) return version;
      above = version;
    }
  } finally {
    await rm(incoming, {recursive: true, force: true});
  }
}

async function openModelFolder(modelsDir: string, model: string): Promise<string> {
  await mkdir(path.join(modelsDir, model), {recursive: true});
  const root = await realpath(modelsDir);
  const modelDir = await realpath(path.join(root, model));
  if (modelDir !== path.join(root, model)) {
    throw new Error(`The folder of model "${model}" is a link to ${modelDir}; a model must lie in ${root} itself.`);
  }
  await syncFolder(root);
  return modelDir;
}

async function copyStaged({stagedDir, checksums}: Publication, incoming: string): Promise<void> {
  await mkdir(incoming);
  for (const [file, {sha256}] of Object.entries(checksums.files)) {
    if (file === EXTRA_FILES.lineage) continue;
    const copied = await copyDurably(path.join(stagedDir, file), path.join(incoming, file));
    if (copied !== sha256) throw new ChangedSinceCheck(`"${file}" changed after it was checked.`);
  }
}

/** Adds the deployment to the lineage, and brings the checksums up to date. */
async function writeRecords(publication: Publication, incoming: string, version: number): Promise<void> {
  const {checksums, deployment, now} = publication;
  const lineage: Lineage = {
    ...publication.lineage,
    deployment: {...deployment, version, publishedAt: now().toISOString()},
  };
  const lineageText = toText(lineage);
  const updated: Checksums = {
    ...checksums,
    files: {
      ...checksums.files,
      [EXTRA_FILES.lineage]: {
        sha256: createHash('sha256').update(lineageText).digest('hex'),
        bytes: Buffer.byteLength(lineageText),
      },
    },
  };
  const extra = path.join(incoming, path.dirname(EXTRA_FILES.lineage));
  await mkdir(extra, {recursive: true});
  for (const [file, text] of [
    [EXTRA_FILES.lineage, lineageText],
    [EXTRA_FILES.checksums, toText(updated)],
  ] as const) {
    await rm(path.join(incoming, file), {force: true});
    await writeDurably(path.join(incoming, file), text);
  }
  for (const entry of await readdir(incoming, {recursive: true, withFileTypes: true})) {
    if (entry.isDirectory()) await syncFolder(path.join(entry.parentPath, entry.name));
  }
  await syncFolder(incoming);
}

/** A rename is the compare-and-set: it fails when something is at the target. @returns false then. */
async function becomes(incoming: string, target: string): Promise<boolean> {
  try {
    await rename(incoming, target);
    return true;
  } catch (error) {
    if (['ENOTEMPTY', 'EEXIST', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
}

function toText(value: unknown): string {
  return JSON.stringify(value, null, 2) + '\n';
}
