import {execFile, execFileSync, fork} from 'node:child_process';
import {createHash} from 'node:crypto';
import {mkdir, readFile, readdir, rm, symlink, utimes, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import {EXTRA_FILES, type Checksums, type Lineage} from '@ingot/tensorflow/contract';
import {listVersions} from '../lineage/volume.js';
import {temporaryFolder} from '../testing/fixtures.js';
import {plainFolder} from '../testing/plain-folder.js';
import {ChangedSinceCheck, publish, type Publication} from './publish.js';
import {sweepIncoming} from './sweep.js';

const PUBLISHER = fileURLToPath(new URL('../testing/publisher.js', import.meta.url));

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let modelsDir: string;
let stagedDir: string;

beforeEach(async () => {
  folder = await temporaryFolder();
  modelsDir = path.join(folder.path, 'models');
  stagedDir = await plainFolder(path.join(folder.path, 'staging', 'staged-1'));
});
afterEach(() => folder.remove());

async function publication(id: string, change: Partial<Publication> = {}): Promise<Publication> {
  return {
    modelsDir,
    model: 'gold',
    stagedDir,
    checksums: await read(stagedDir, EXTRA_FILES.checksums),
    lineage: await read(stagedDir, EXTRA_FILES.lineage),
    deployment: {id, requestedAt: '2026-01-02T03:04:05.000Z', requestedBy: 'ann'},
    now: () => new Date('2026-01-02T03:04:06.000Z'),
    ...change,
  };
}

async function read<T>(dir: string, file: string): Promise<T> {
  return JSON.parse(await readFile(path.join(dir, file), 'utf8')) as T;
}

/** Throws when a file of the version is not what its checksums say, or is not listed. */
async function expectComplete(dir: string): Promise<void> {
  const {files} = await read<Checksums>(dir, EXTRA_FILES.checksums);
  const there = (await readdir(dir, {recursive: true, withFileTypes: true}))
    .filter(entry => entry.isFile())
    .map(entry => path.relative(dir, path.join(entry.parentPath, entry.name)));
  expect(there.sort()).toEqual([...Object.keys(files), EXTRA_FILES.checksums].sort());
  for (const [file, {sha256}] of Object.entries(files)) {
    expect(
      createHash('sha256')
        .update(await readFile(path.join(dir, file)))
        .digest('hex'),
    ).toBe(sha256);
  }
}

test('a version is complete, tells its deployment, and its checksums hold', async () => {
  expect(await publish(await publication('d1'))).toBe(1);
  const dir = path.join(modelsDir, 'gold', '1');
  await expectComplete(dir);
  const lineage = await read<Lineage>(dir, EXTRA_FILES.lineage);
  expect(lineage).toMatchObject({
    staged: 'staged-1',
    deployment: {id: 'd1', version: 1, requestedBy: 'ann', publishedAt: '2026-01-02T03:04:06.000Z'},
  });
  expect(await readdir(path.join(modelsDir, 'gold'))).toEqual(
    expect.not.arrayContaining([expect.stringMatching('incoming')]),
  );
});

test('publishing the same deployment again gives the same version', async () => {
  await publish(await publication('d1'));
  expect(await publish(await publication('d2'))).toBe(2);
  expect(await publish(await publication('d1'))).toBe(1);
  expect(await listVersions(modelsDir, 'gold')).toEqual([2, 1]);
});

test('the number of a deleted version is never given again', async () => {
  await publish(await publication('d1'));
  await publish(await publication('d2'));
  await rm(path.join(modelsDir, 'gold', '2'), {recursive: true});
  expect(await publish(await publication('d3'))).toBe(3);
});

test('versions that were copied in by hand are counted on, whatever they are', async () => {
  await mkdir(path.join(modelsDir, 'gold', '7'), {recursive: true});
  await symlink('7', path.join(modelsDir, 'gold', '9'));
  await mkdir(path.join(modelsDir, 'gold', 'old-12'));
  expect(await publish(await publication('d1'))).toBe(10);
});

test('a folder that appears under the claimed number is left alone', async () => {
  const intruder = path.join(modelsDir, 'gold', '1');
  const onStep: Publication['onStep'] = (step, version) => {
    if (step === 'written' && version === 1)
      execFileSync('sh', ['-c', `mkdir ${intruder} && echo mine > ${intruder}/file`]);
  };
  expect(await publish(await publication('d1', {onStep}))).toBe(2);
  expect(await readFile(path.join(intruder, 'file'), 'utf8')).toBe('mine\n');
});

test('a file that changed after the check is not published', async () => {
  const checked = await publication('d1');
  await writeFile(path.join(stagedDir, 'saved_model.pb'), 'another graph!!!');
  await expect(publish(checked)).rejects.toThrow(ChangedSinceCheck);
  expect(await readdir(path.join(modelsDir, 'gold'))).toEqual([]);
});

test('a file that became a link after the check is not followed', async () => {
  const checked = await publication('d1');
  await rm(path.join(stagedDir, 'saved_model.pb'));
  await symlink('/etc/hostname', path.join(stagedDir, 'saved_model.pb'));
  await expect(publish(checked)).rejects.toMatchObject({code: 'ELOOP'});
  expect(await listVersions(modelsDir, 'gold')).toEqual([]);
});

test('a model whose folder is a link out of the volume is refused', async () => {
  const outside = path.join(folder.path, 'outside');
  await mkdir(outside);
  await mkdir(modelsDir);
  await symlink(outside, path.join(modelsDir, 'gold'));
  await expect(publish(await publication('d1'))).rejects.toThrow(/is a link to/);
  expect(await readdir(outside)).toEqual([]);
});

test('racing publishers, some of them killed, make each deployment exactly one whole version', async () => {
  const steps = ['copied', 'claimed', 'written', 'renamed'];
  const workers = ['a', 'b', 'c', 'd'].map(prefix =>
    promisify(execFile)(process.execPath, [PUBLISHER, modelsDir, stagedDir, prefix, '10']),
  );
  const killed = steps.map(
    step =>
      new Promise(resolve =>
        fork(PUBLISHER, [modelsDir, stagedDir, `killed-${step}`, '1', step], {silent: true}).once('exit', resolve),
      ),
  );
  const outputs = await Promise.all(workers);
  await Promise.all(killed);
  // What the killed ones began is done again, as the queue does it.
  for (const step of steps)
    await promisify(execFile)(process.execPath, [PUBLISHER, modelsDir, stagedDir, `killed-${step}`, '1']);

  const told = outputs.flatMap(({stdout}) => stdout.trim().split('\n').map(Number));
  expect(new Set(told).size).toBe(40);
  const versions = await listVersions(modelsDir, 'raced');
  const deployments = new Set<string | undefined>();
  for (const version of versions) {
    const dir = path.join(modelsDir, 'raced', String(version));
    await expectComplete(dir);
    const {deployment} = await read<Lineage>(dir, EXTRA_FILES.lineage);
    expect(deployment?.version).toBe(version);
    deployments.add(deployment?.id);
  }
  expect(versions).toHaveLength(44);
  expect(deployments.size).toBe(44);
  expect(Math.max(...versions)).toBe(44);
});

test('what a killed worker left is removed once it is old, and nothing else', async () => {
  const old = path.join(modelsDir, 'gold', '.incoming-old');
  const fresh = path.join(modelsDir, 'gold', '.incoming-fresh');
  await publish(await publication('d1'));
  for (const dir of [old, fresh]) {
    await mkdir(dir);
    await writeFile(path.join(dir, 'saved_model.pb'), '');
  }
  const longAgo = new Date(Date.now() - 10_000_000);
  for (const file of [path.join(old, 'saved_model.pb'), old, path.join(modelsDir, 'gold', '1')])
    await utimes(file, longAgo, longAgo);
  expect(await sweepIncoming(modelsDir, 3_600_000, Date.now())).toEqual([old]);
  expect((await readdir(path.join(modelsDir, 'gold'))).sort()).toEqual(['.incoming-fresh', '.numbers', '1']);
});

describe('on a full disk', () => {
  let mounted = false;
  beforeEach(async () => {
    await mkdir(modelsDir, {recursive: true});
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', modelsDir], {stdio: 'ignore'});
      mounted = true;
    } catch {
      mounted = false;
    }
  });
  afterEach(() => {
    if (mounted) execFileSync('umount', [modelsDir]);
  });

  test('nothing becomes visible, nothing is left, and a smaller model still goes', async () => {
    if (!mounted) {
      console.warn('Skipped: mounting a small tmpfs needs root.');
      return;
    }
    await plainFolder(stagedDir, 1_000_000);
    await expect(publish(await publication('d1'))).rejects.toMatchObject({code: 'ENOSPC'});
    expect(await listVersions(modelsDir, 'gold')).toEqual([]);
    expect(await readdir(path.join(modelsDir, 'gold'))).toEqual([]);
    await plainFolder(stagedDir, 1000);
    expect(await publish(await publication('d2'))).toBe(1);
    await expectComplete(path.join(modelsDir, 'gold', '1'));
  });
});
