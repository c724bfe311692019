import {mkdir, mkdtemp, rm, symlink, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {ChecksumError, verifyChecksums, writeChecksums} from './checksum-files.js';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'ingot-checksums-'));
  await mkdir(path.join(dir, 'assets.extra'));
  await mkdir(path.join(dir, 'variables'));
  await writeFile(path.join(dir, 'saved_model.pb'), 'model');
  await writeFile(path.join(dir, 'variables', 'variables.index'), 'index');
});
afterEach(() => rm(dir, {recursive: true}));

test('an untouched folder verifies, again and again', async () => {
  const written = await writeChecksums(dir);
  expect(Object.keys(written.files)).toEqual(['saved_model.pb', 'variables/variables.index']);
  expect(await verifyChecksums(dir)).toEqual(written);
  expect(await writeChecksums(dir)).toEqual(written);
});

test.each<[string, () => Promise<void>, RegExp]>([
  ['a flipped bit', () => writeFile(path.join(dir, 'saved_model.pb'), 'mOdel'), /saved_model\.pb .* other content/],
  [
    'a cut-off file',
    () => writeFile(path.join(dir, 'saved_model.pb'), 'mod'),
    /saved_model\.pb .* 3 bytes instead of 5/,
  ],
  [
    'a missing file',
    () => rm(path.join(dir, 'variables', 'variables.index')),
    /variables\/variables\.index is missing/,
  ],
  ['a file too many', () => writeFile(path.join(dir, 'variables', 'more'), ''), /variables\/more is in/],
  ['a link', () => symlink('/etc/hostname', path.join(dir, 'variables', 'link')), /variables\/link .* no plain file/],
  ['no checksums', () => rm(path.join(dir, 'assets.extra', 'checksums.json')), /not written completely/],
])('%s is found', async (_, damage, message) => {
  await writeChecksums(dir);
  await damage();
  await expect(verifyChecksums(dir)).rejects.toThrow(message);
  await expect(verifyChecksums(dir)).rejects.toBeInstanceOf(ChecksumError);
});

test('a link is refused before anything is written', async () => {
  await symlink('/etc/hostname', path.join(dir, 'link'));
  await expect(writeChecksums(dir)).rejects.toThrow(/link .* no plain file/);
});
