import {execFile} from 'node:child_process';
import {join} from 'node:path';
import {promisify} from 'node:util';

export const root = new URL('../../../../', import.meta.url).pathname;

export const home = process.env['INGOT_HOME'] ?? join(root, '.ingot');

/**
 * Python's TensorFlow, the judge of the tests: runs a script of tensorflow/src and gives what it prints. On a processor: on a
 * GPU it would take all of its memory from the tests beside it.
 */
export async function python(script: string, ...args: string[]): Promise<string> {
  const interpreter = process.env['INGOT_PYTHON'] ?? join(home, 'python/bin/python');
  const {stdout} = await promisify(execFile)(interpreter, [join(root, 'tensorflow/src', script), ...args], {
    maxBuffer: 64 << 20,
    env: {...process.env, CUDA_VISIBLE_DEVICES: '-1'},
  });
  return stdout;
}
