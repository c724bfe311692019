import {mkdir, mkdtemp, readFile, readdir, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {linkCudaLibraries} from './cuda.js';
import type {Wheel} from './wheel.js';

let packages: string;
let wheel: Wheel;
const lines: string[] = [];
beforeEach(async () => {
  packages = await mkdtemp(join(tmpdir(), 'ingot-cuda-'));
  wheel = {dir: join(packages, 'tensorflow'), version: '2.21.0', cuda: true, include: '', libraries: []};
  lines.length = 0;
});
afterEach(() => rm(packages, {recursive: true}));

const link = (one = wheel) => linkCudaLibraries(one, line => lines.push(line));
const folder = (name: string) => join(packages, 'nvidia', name, 'lib');

async function install(): Promise<void> {
  for (const name of ['cusolver', 'cuda_runtime']) await mkdir(folder(name), {recursive: true});
  await writeFile(join(folder('cusolver'), 'libcusolver.so.11'), 'solver');
}

test("cuSOLVER, which is not on TensorFlow's run path, is found beside the CUDA runtime, which is", async () => {
  await install();
  await Promise.all([link(), link()]);
  await link();
  expect(await readdir(folder('cuda_runtime'))).toEqual(['libcusolver.so.11']);
  expect(await readFile(join(folder('cuda_runtime'), 'libcusolver.so.11'), 'utf8')).toBe('solver');
  expect(lines).toEqual([]);
});

test('a TensorFlow without CUDA, or with a CUDA that pip did not install, is left as it is', async () => {
  await link();
  await install();
  await link({...wheel, cuda: false});
  expect(await readdir(folder('cuda_runtime'))).toEqual([]);
});

test('where no link can be made, what helps is said', async () => {
  await install();
  await rm(folder('cuda_runtime'), {recursive: true});
  await writeFile(folder('cuda_runtime'), '');
  await link();
  expect(lines).toEqual([expect.stringContaining(`LD_LIBRARY_PATH=${folder('cusolver')}`)]);
});
