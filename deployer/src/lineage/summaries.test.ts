import {mkdir, rename, rm, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {EXTRA_FILES} from '@ingot/tensorflow/contract';
import {temporaryFolder} from '../testing/fixtures.js';
import {VersionSummaries} from './summaries.js';

test('a version that was put into the place of another is told as it is', async () => {
  const folder = await temporaryFolder();
  try {
    const put = async (mae: number): Promise<void> => {
      const dir = path.join(folder.path, 'fresh');
      await mkdir(path.join(dir, 'assets.extra'), {recursive: true});
      const lineage = {formatVersion: 1, staged: 's', createdAt: '', notebook: null, data: [], packages: {}, git: null};
      await writeFile(path.join(dir, EXTRA_FILES.lineage), JSON.stringify({...lineage, metrics: {mae}}));
      await mkdir(path.join(folder.path, 'gold'), {recursive: true});
      await rm(path.join(folder.path, 'gold', '1'), {recursive: true, force: true});
      await rename(dir, path.join(folder.path, 'gold', '1'));
    };
    const summaries = new VersionSummaries(folder.path);
    expect((await summaries.read('gold', 1)).metrics).toEqual({});
    for (const mae of [1, 22, 333]) {
      await put(mae);
      expect((await summaries.read('gold', 1)).metrics).toEqual({mae});
    }
  } finally {
    await folder.remove();
  }
});
