import {afterAll, beforeAll, expect, test} from '@jest/globals';
import {execFile} from 'node:child_process';
import {mkdtempSync, rmSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const PYTHON = process.env['INGOT_PYTHON'] ?? path.join(ROOT, '.ingot/python/bin/python');
const MAIN = fileURLToPath(new URL('../main.js', import.meta.url));

let home: string;

beforeAll(() => {
  home = mkdtempSync(path.join(os.tmpdir(), 'ingot-home-'));
});

afterAll(() => rmSync(home, {recursive: true, force: true}));

const ingotKernel = (...args: string[]) =>
  run(process.execPath, [MAIN, ...args], {
    env: {...process.env, HOME: home, JUPYTER_DATA_DIR: path.join(home, 'data')},
  });

/** Where Jupyter itself finds the kernel. */
async function found(prefix: string): Promise<string | undefined> {
  const env = {
    ...process.env,
    JUPYTER_PATH: prefix,
    JUPYTER_DATA_DIR: path.join(home, 'data'),
    JUPYTER_PREFER_ENV_PATH: '0',
  };
  const {stdout} = await run(PYTHON, ['-m', 'jupyter', 'kernelspec', 'list', '--json'], {env});
  const {kernelspecs} = JSON.parse(stdout) as {kernelspecs: Record<string, {resource_dir: string}>};
  const folder = kernelspecs['ingot']?.resource_dir;
  return folder?.startsWith(home) ? folder : undefined;
}

test('installed for the user or into an environment, Jupyter finds it; uninstalled, it does not', async () => {
  await ingotKernel('install', '--user');
  expect(await found('')).toBe(path.join(home, 'data/kernels/ingot'));
  await ingotKernel('uninstall', '--user');
  expect(await found('')).toBeUndefined();

  const prefix = path.join(home, 'environment');
  const {stdout} = await ingotKernel('install', '--prefix', prefix);
  const folder = path.join(prefix, 'share/jupyter/kernels/ingot');
  expect(stdout).toContain(folder);
  expect(await found(path.join(prefix, 'share/jupyter'))).toBe(folder);
  await ingotKernel('uninstall', '--prefix', prefix);
  expect(await found(path.join(prefix, 'share/jupyter'))).toBeUndefined();
}, 120_000);

test('what cannot be done is said in one sentence', async () => {
  await expect(ingotKernel('uninstall', '--prefix', path.join(home, 'nowhere'))).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^The kernel "TypeScript \(Ingot\)" is not installed in [^\n]*\n$/),
  });
  await expect(ingotKernel('install', '--prefix', home, '--user')).rejects.toMatchObject({
    code: 1,
    stderr: 'Give --prefix or --user, not both.\n',
  });
  await expect(ingotKernel()).rejects.toMatchObject({code: 2, stderr: expect.stringContaining('Usage')});
});
