import {execFile} from 'node:child_process';
import {chmod, cp, mkdir, mkdtemp, readFile, rm, stat, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {compileParts, findCompiler} from './compiler.js';
import {NativeBuildError} from './error.js';
import {chooseBuildDevice, deviceChoice} from './gpu.js';
import {findWheel, type Wheel} from './wheel.js';

const root = new URL('../../../', import.meta.url).pathname;
const home = process.env['INGOT_HOME'] ?? join(root, '.ingot');
const python = process.env['INGOT_PYTHON'] ?? join(home, 'python/bin/python');
const main = new URL('./main.js', import.meta.url).pathname;

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ingot-build-'));
});
afterEach(() => rm(dir, {recursive: true}));

/** Runs the command-line entry; gives its exit code and all it prints. */
async function runMain(env: Record<string, string>): Promise<{code: number; output: string}> {
  const settings = {...process.env, INGOT_PYTHON: python, ...env};
  return promisify(execFile)(process.execPath, [main], {env: settings}).then(
    ({stdout, stderr}) => ({code: 0, output: stdout + stderr}),
    error => ({code: error.code, output: error.stdout + error.stderr}),
  );
}

async function script(name: string, text: string): Promise<string> {
  const file = join(dir, name);
  await writeFile(file, `#!/bin/sh\n${text}\n`);
  await chmod(file, 0o755);
  return file;
}

test('what is built already is not built again, and the device is named', async () => {
  const {code, output} = await runMain({INGOT_HOME: home, INGOT_DEVICE: 'cpu'});
  expect(output).toMatch(/TensorFlow \d+\.\d+\.\d+ from .*, on CPU/);
  expect(code).toBe(0);
  const again = await runMain({INGOT_HOME: home, INGOT_DEVICE: 'cpu'});
  expect(again.output).not.toContain('Compiling');
}, 180_000);

test('no compiler: the command that installs one is named', async () => {
  await expect(findCompiler({PATH: dir})).rejects.toThrow(/No C\+\+ compiler.*apt-get install g\+\+|xcode-select/);
  await expect(findCompiler({...process.env, CXX: 'no-such-c++'})).rejects.toThrow('CXX=no-such-c++ cannot be run');
});

test("a failed compilation shows the end of the compiler's output and leaves no file", async () => {
  const source = join(dir, 'broken.cc');
  await writeFile(source, 'int answer() { return fourty_two; }\n');
  const part = {kind: 'addon', sources: [source], headers: [], libraries: [], runPath: dir} as const;
  const scratch = join(dir, 'scratch');
  await mkdir(scratch);
  await expect(
    compileParts({'broken.node': part}, dir, {compiler: await findCompiler(), include: [], scratch}),
  ).rejects.toThrow(/fourty_two/);
  await expect(stat(join(dir, 'broken.node'))).rejects.toThrow('ENOENT');
});

test('the wheel of the environment is found with its version and its C library', async () => {
  const wheel = await findWheel(python);
  expect(wheel.version).toMatch(/^2\.\d+\.\d+/);
  expect((await stat(join(wheel.include, 'tensorflow/c/c_api.h'))).isFile()).toBe(true);
});

test('a Python without TensorFlow, one that cannot run and a wheel without C library each say what to do', async () => {
  await expect(findWheel(await script('python', 'echo'))).rejects.toThrow(
    /has no TensorFlow. Install it: .*pip install/,
  );
  await expect(findWheel(join(dir, 'missing'))).rejects.toThrow(/cannot be run to find TensorFlow.*INGOT_PYTHON/);
  await mkdir(join(dir, 'tensorflow'));
  await writeFile(join(dir, 'tensorflow/__init__.py'), '');
  const old = await script('old', `echo ${dir}/tensorflow/__init__.py`);
  await expect(findWheel(old)).rejects.toThrow(/has no libtensorflow_cc.*Update it/);
});

test('a machine without a compiler uses what another one built', async () => {
  const {code, output} = await runMain({INGOT_HOME: home, CXX: 'no-such-c++'});
  expect(output).toMatch(/^TensorFlow .*, on /m);
  expect(output).not.toContain('Compiling');
  expect(code).toBe(0);
  const fresh = await runMain({INGOT_HOME: dir, CXX: 'no-such-c++'});
  expect(fresh.output).toContain('No C++ compiler: CXX=no-such-c++ cannot be run');
  expect(fresh.code).toBe(1);
});

test('a change of the compiler builds anew, beside what was there', async () => {
  const cache = join(dir, 'home');
  await cp(join(home, 'native'), join(cache, 'native'), {recursive: true});
  const failing = await script(
    'cxx',
    '[ "$1" = --version ] && echo "another compiler" || { echo "no space left" >&2; exit 1; }',
  );
  const before = await readFile(new URL('./ingot.node', import.meta.url));
  const {code, output} = await runMain({INGOT_HOME: cache, CXX: failing});
  expect(output).toContain('another compiler');
  expect(output).toContain('no space left');
  expect(code).toBe(1);
  expect(before.equals(await readFile(new URL('./ingot.node', import.meta.url)))).toBe(true);
});

const wheel = (cuda: boolean): Wheel => ({dir: '/wheel', version: '2.21.0', cuda, include: '', libraries: []});

test.each([
  ['auto', true, true, 'gpu'],
  ['auto', false, true, 'cpu'],
  ['auto', true, false, 'cpu'],
  ['cpu', true, true, 'cpu'],
  ['gpu', true, true, 'gpu'],
] as const)('INGOT_DEVICE=%s with CUDA wheel %s and driver %s: %s', (choice, cuda, driver, device) => {
  expect(chooseBuildDevice(choice, wheel(cuda), driver)).toBe(device);
});

test('a GPU that was asked for and is not there is an error that says what is missing', async () => {
  expect(() => chooseBuildDevice('gpu', wheel(true), false)).toThrow(/no NVIDIA driver/);
  expect(() => chooseBuildDevice('gpu', wheel(false), true)).toThrow(/the build without CUDA.*and-cuda/);
  expect(() => deviceChoice('tpu')).toThrow(
    new NativeBuildError('The device (INGOT_DEVICE) is "tpu"; it can be auto, cpu or gpu.'),
  );
});
