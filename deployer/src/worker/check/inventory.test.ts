import {execFileSync} from 'node:child_process';
import {link, mkdir, rm, symlink, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {writeChecksums} from '@ingot/tensorflow/contract';
import {temporaryFolder} from '../../testing/fixtures.js';
import {plainFolder} from '../../testing/plain-folder.js';
import {findStaged, takeInventory} from './inventory.js';
import {readRecords} from './records.js';

const LIMITS = {maxBytes: 2_000_000, maxFiles: 20};

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let stagingDir: string;
let dir: string;
beforeEach(async () => {
  folder = await temporaryFolder();
  stagingDir = path.join(folder.path, 'staging');
  dir = await plainFolder(path.join(stagingDir, 's1'));
});
afterEach(() => folder.remove());

test('a staged folder is found, and its files are counted', async () => {
  expect([...(await takeInventory(await findStaged(stagingDir, 's1'), LIMITS)).keys()].sort()).toEqual([
    'assets.extra/checksums.json',
    'assets.extra/contract.json',
    'assets.extra/golden.json',
    'assets.extra/lineage.json',
    'saved_model.pb',
    'variables/variables.data-00000-of-00001',
  ]);
});

test('a staged id that is a link, a file, or leads elsewhere is refused', async () => {
  await symlink('/etc', path.join(stagingDir, 'link'));
  await writeFile(path.join(stagingDir, 'file'), '');
  await expect(findStaged(stagingDir, 'link')).rejects.toThrow(/is not a folder of the staging folder/);
  await expect(findStaged(stagingDir, 'file')).rejects.toThrow(/is not a folder/);
  await expect(findStaged(stagingDir, '../staging/s1')).resolves.toBe(dir);
  await expect(findStaged(stagingDir, '..')).rejects.toThrow(/is not a folder of the staging folder/);
  await expect(findStaged(stagingDir, 'gone')).rejects.toThrow(/is not there any more/);
});

const at = (file: string): string => path.join(dir, file);
test.each<[string, () => Promise<unknown>, RegExp]>([
  [
    'a link to a file',
    () => symlink('/etc/hostname', at('variables/x')),
    /"variables\/x" .* is a link or not a plain file/,
  ],
  ['a link to a folder', () => symlink('/etc', at('assets')), /"assets" .* is a link/],
  ['a second name of another file', () => link(at('saved_model.pb'), at('variables/x')), /is a link/],
  ['a pipe', async () => execFileSync('mkfifo', [at('variables/x')]), /is a link or not a plain file/],
  ['a file where none belongs', () => writeFile(at('postinstall.sh'), ''), /"postinstall.sh" has no place/],
  ['a hidden file', () => writeFile(at('variables/.x'), ''), /"variables\/.x" has no place/],
  [
    'more bytes than allowed',
    () => writeFile(at('variables/x'), Buffer.alloc(2_000_001)),
    /bytes or more; 2000000 are allowed/,
  ],
  [
    'a contract of megabytes',
    () => writeFile(at('assets.extra/contract.json'), ' '.repeat(2 ** 20 + 1)),
    /1048576 are allowed/,
  ],
  ['no lineage', () => rm(at('assets.extra/lineage.json')), /has no "assets.extra\/lineage.json"/],
  [
    'more files than allowed',
    async () => {
      await mkdir(at('assets'));
      for (let i = 0; i < 20; i++) await writeFile(at(`assets/${i}`), '');
    },
    /more than 20 files/,
  ],
])('%s is refused', async (_name, harm, reason) => {
  await harm();
  await expect(takeInventory(dir, LIMITS)).rejects.toMatchObject({
    name: 'DeployFailure',
    message: expect.stringMatching(reason) as string,
  });
});

describe('records', () => {
  const records = () => readRecords(dir, 'gold');
  test.each<[string, () => Promise<unknown>, RegExp]>([
    ['a flipped bit', () => writeFile(at('saved_model.pb'), 'not a real grapi'), /saved_model.pb .* has other content/],
    [
      'a file of another size',
      () => writeFile(at('saved_model.pb'), 'x'),
      /saved_model.pb .* has 1 bytes instead of 16/,
    ],
    ['a file that was added', () => writeFile(at('variables/added'), 'x'), /variables\/added is in .*, but not in its/],
    [
      'a file that was removed',
      () => rm(at('variables/variables.data-00000-of-00001')),
      /variables\/variables.data.* is missing/,
    ],
    ['checksums that are no JSON', () => writeFile(at('assets.extra/checksums.json'), '{'), /checksums are no JSON/],
    [
      'checksums of another version',
      () => writeFile(at('assets.extra/checksums.json'), '{"formatVersion":2,"files":{}}'),
      /checksums are not valid at \/formatVersion/,
    ],
    ['an empty contract', async () => {}, /The contract is not valid at/],
    [
      'a contract of another name',
      async () => {
        const contract = {
          formatVersion: 1,
          name: 'silver',
          title: 'Silver',
          inputs: [{name: 'x', kind: 'series', length: 3, unit: 'USD'}],
          outputs: [{name: 'y', kind: 'tensor', dtype: 'float32', shape: [1]}],
          example: {x: [1, 2, 3]},
        };
        await writeFile(at('assets.extra/contract.json'), JSON.stringify(contract));
        await writeChecksums(dir);
      },
      /is called "silver" in its contract, and was to be deployed as "gold"/,
    ],
  ])('%s is refused', async (_name, harm, reason) => {
    await harm();
    await expect(records()).rejects.toThrow(reason);
  });
});
