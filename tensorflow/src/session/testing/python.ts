import {execFile} from 'node:child_process';
import {join} from 'node:path';
import {promisify} from 'node:util';

export const root = new URL('../../../../', import.meta.url).pathname;

export const home = process.env['INGOT_HOME'] ?? join(root, '.ingot');

/** Python's TensorFlow, the judge of the tests: runs a script of tensorflow/src and gives what it prints. */
export async function python(script: string, ...args: string[]): Promise<string> {
  const interpreter = process.env['INGOT_PYTHON'] ?? join(home, 'python/bin/python');
  const {stdout} = await promisify(execFile)(interpreter, [join(root, 'tensorflow/src', script), ...args], {
    maxBuffer: 64 << 20,
  });
  return stdout;
}
