import {lstat, open, readdir, readFile, rename} from 'node:fs/promises';
import path from 'node:path';
import type {Checksums} from './checksums.js';
import {hashFile, type FileHash} from './hash.js';
import {parseChecksums} from './parse.js';

const CHECKSUMS_FILE = 'assets.extra/checksums.json';

/** A version folder is not what it was when it was written. The message names the file. */
export class ChecksumError extends Error {
  override readonly name = 'ChecksumError';
}

/**
 * Hashes every file of a version folder and writes `assets.extra/checksums.json`, synced, as the last thing.
 * @throws ChecksumError when there is anything but plain files and folders
 */
export async function writeChecksums(dir: string): Promise<Checksums> {
  const files: Record<string, Checksums['files'][string]> = {};
  for (const file of await listFiles(dir)) {
    if (file !== CHECKSUMS_FILE) files[file] = await hashFile(path.join(dir, file));
  }
  const checksums: Checksums = {formatVersion: 1, files};
  const target = path.join(dir, CHECKSUMS_FILE);
  const incoming = `${target}.incoming`;
  const handle = await open(incoming, 'w');
  try {
    await handle.writeFile(`${JSON.stringify(checksums, null, 2)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(incoming, target);
  return checksums;
}

/**
 * Checks that a version folder has the files of its checksums, as they were, and no others.
 * @param hash reads a file; where that is done in another thread, say
 * @throws ChecksumError naming the first file that is missing, too many or different
 * @throws ContractError when the checksums themselves are malformed
 */
export async function verifyChecksums(
  dir: string,
  hash: (file: string) => Promise<FileHash> = hashFile,
): Promise<Checksums> {
  const found = await listFiles(dir);
  if (!found.includes(CHECKSUMS_FILE))
    throw new ChecksumError(`${dir} has no ${CHECKSUMS_FILE}: it was not written completely.`);
  const checksums = parseChecksums(await readFile(path.join(dir, CHECKSUMS_FILE)));
  for (const file of found) {
    if (file !== CHECKSUMS_FILE && !Object.hasOwn(checksums.files, file)) {
      throw new ChecksumError(`${file} is in ${dir}, but not in its ${CHECKSUMS_FILE}.`);
    }
  }
  for (const [file, wanted] of Object.entries(checksums.files)) {
    if (!found.includes(file)) throw new ChecksumError(`${file} is missing from ${dir}.`);
    const {size} = await lstat(path.join(dir, file));
    if (size !== wanted.bytes)
      throw new ChecksumError(`${file} in ${dir} has ${size} bytes instead of ${wanted.bytes}.`);
    const {sha256} = await hash(path.join(dir, file));
    if (sha256 !== wanted.sha256)
      throw new ChecksumError(`${file} in ${dir} has other content than when it was written.`);
  }
  return checksums;
}

/** Plain files below a folder, with forward slashes, in order. */
async function listFiles(dir: string, below = ''): Promise<string[]> {
  const files: string[] = [];
  const entries = await readdir(path.join(dir, below), {withFileTypes: true});
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const name = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) files.push(...(await listFiles(dir, name)));
    else if (entry.isFile()) files.push(name);
    else throw new ChecksumError(`${name} in ${dir} is no plain file; links and devices are refused.`);
  }
  return files;
}
