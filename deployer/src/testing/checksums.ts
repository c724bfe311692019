import {createHash} from 'node:crypto';
import {readdir, readFile, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {EXTRA_FILES, type Checksums} from '@ingot/tensorflow/contract';

/** Puts up the checksums of what is there now, as if it had been staged so. */
export async function writeChecksumsOf(dir: string): Promise<void> {
  const files: Checksums['files'] = {};
  for (const entry of await readdir(dir, {recursive: true, withFileTypes: true})) {
    const file = path.relative(dir, path.join(entry.parentPath, entry.name));
    if (!entry.isFile() || file === EXTRA_FILES.checksums) continue;
    const content = await readFile(path.join(dir, file));
    files[file] = {sha256: createHash('sha256').update(content).digest('hex'), bytes: content.length};
  }
  await writeFile(path.join(dir, EXTRA_FILES.checksums), JSON.stringify({formatVersion: 1, files}));
}
