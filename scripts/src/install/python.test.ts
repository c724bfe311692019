import {mkdtemp, readdir, rm, symlink, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {readSettings} from '../settings.js';
import {runProgram} from '../terminal/run-program.js';
import {installPython, isInstalled} from './python.js';

const system = readSettings(process.env).python;
const uv = join(dirname(system), 'uv');

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ingot-python-'));
});
afterEach(() => rm(dir, {recursive: true}));

/** A wheel with a module `flow` that says which package it is of. */
async function makeWheel(name: string): Promise<void> {
  const record = `${name.replace('-', '_')}-1.0.dist-info`;
  const files = {
    'flow.py': `name = '${name}'\n`,
    [`${record}/METADATA`]: `Metadata-Version: 2.1\nName: ${name}\nVersion: 1.0\n`,
    [`${record}/WHEEL`]: 'Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
    [`${record}/RECORD`]: `flow.py,,\n${record}/METADATA,,\n${record}/WHEEL,,\n${record}/RECORD,,\n`,
  };
  const write =
    'import json,sys,zipfile\nz=zipfile.ZipFile(sys.argv[1],"w")\n[z.writestr(*f) for f in json.loads(sys.argv[2]).items()]\nz.close()';
  const wheel = join(dir, `${name.replace('-', '_')}-1.0-py3-none-any.whl`);
  await runProgram(system, ['-c', write, wheel, JSON.stringify(files)]);
  await writeFile(join(dir, `${name}.txt`), `--no-index\n--find-links ${dir}\n${name}==1.0\n`);
}

test('of two packages with the same files the one that is wanted now takes the place of the other, to and fro', async () => {
  const python = join(dir, 'env/bin/python');
  await runProgram(uv, ['venv', '--python', system, join(dir, 'env')]);
  await symlink(uv, join(dir, 'env/bin/uv'));
  const names = ['flow', 'flow-cpu'];
  for (const name of names) await makeWheel(name);
  for (const name of ['flow-cpu', 'flow', 'flow-cpu', 'flow']) {
    const not = name === 'flow' ? 'flow-cpu' : 'flow';
    const files = [join(dir, `${name}.txt`)];
    await installPython({python, set: 'platform', files, oneOf: {names, not}, detail: () => undefined});
    const isThere = names.map(one => isInstalled({python, set: 'platform', files: [join(dir, `${one}.txt`)]}));
    expect(await Promise.all(isThere)).toEqual(names.map(one => one === name));
    const found = await runProgram(python, [
      '-c',
      'import flow, os; print(flow.name); print(os.path.dirname(flow.__file__))',
    ]);
    const [own, packages] = found.trim().split('\n') as [string, string];
    expect(own).toBe(name);
    expect((await readdir(packages)).filter(file => file.endsWith('.dist-info'))).toEqual([
      `${name.replace('-', '_')}-1.0.dist-info`,
    ]);
  }
}, 60_000);
