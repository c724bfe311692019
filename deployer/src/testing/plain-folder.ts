import {mkdir, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {EXTRA_FILES, writeChecksums, type Lineage} from '@ingot/tensorflow/contract';

/** A staged folder whose model nobody loads: for tests that only move files. */
export async function plainFolder(dir: string, bytes = 1000): Promise<string> {
  const lineage: Lineage = {
    formatVersion: 1,
    staged: path.basename(dir),
    createdAt: '2026-01-02T03:04:05.000Z',
    notebook: null,
    data: [],
    packages: {},
    git: null,
    metrics: {},
  };
  await mkdir(path.join(dir, 'assets.extra'), {recursive: true});
  await mkdir(path.join(dir, 'variables'), {recursive: true});
  await writeFile(path.join(dir, 'saved_model.pb'), 'not a real graph');
  await writeFile(path.join(dir, 'variables', 'variables.data-00000-of-00001'), Buffer.alloc(bytes, 7));
  await writeFile(path.join(dir, EXTRA_FILES.lineage), JSON.stringify(lineage));
  await writeFile(path.join(dir, EXTRA_FILES.contract), '{}');
  await writeFile(path.join(dir, EXTRA_FILES.golden), '{}');
  await writeChecksums(dir);
  return dir;
}
