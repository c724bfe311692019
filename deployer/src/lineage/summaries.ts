import {stat} from 'node:fs/promises';
import path from 'node:path';
import {EXTRA_FILES} from '@ingot/tensorflow/contract';
import type {DeployedVersion} from '../deployment.js';
import {readVersion} from './volume.js';

/** What a list of models says of a version, whatever the server says of it. */
export interface VersionSummary extends Pick<
  DeployedVersion,
  'publishedAt' | 'publishedBy' | 'notebook' | 'metrics' | 'simulatedData'
> {
  readonly title: string | null;
}

/** Many pages ask for the list again and again: a version's records are read when they are new. */
export class VersionSummaries {
  private readonly known = new Map<string, {readonly stamp: string; readonly summary: VersionSummary}>();

  constructor(
    private readonly modelsDir: string,
    private readonly most = 20_000,
  ) {}

  async read(model: string, version: number): Promise<VersionSummary> {
    const dir = path.join(this.modelsDir, model, String(version));
    const stamp = await stampOf(path.join(dir, EXTRA_FILES.lineage));
    const before = this.known.get(dir);
    if (before !== undefined && before.stamp === stamp) return before.summary;
    const summary = await summarize(this.modelsDir, model, version);
    if (this.known.size >= this.most) this.known.clear();
    this.known.set(dir, {stamp, summary});
    return summary;
  }
}

/** A folder that somebody put into the place of another has another stamp; a published one never changes. */
async function stampOf(file: string): Promise<string> {
  return stat(file).then(
    ({ino, mtimeMs, size}) => `${ino} ${mtimeMs} ${size}`,
    () => '',
  );
}

async function summarize(modelsDir: string, model: string, version: number): Promise<VersionSummary> {
  const {contract, lineage} = await readVersion(modelsDir, model, version);
  return {
    title: contract?.title ?? null,
    publishedAt: lineage?.deployment?.publishedAt ?? null,
    publishedBy: lineage?.deployment?.requestedBy ?? null,
    notebook: lineage?.notebook?.path ?? null,
    metrics: lineage?.metrics ?? {},
    simulatedData: [...(contract?.data ?? []), ...(lineage?.data ?? [])].some(({simulated}) => simulated),
  };
}
