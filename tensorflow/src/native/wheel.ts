import {execFile} from 'node:child_process';
import {existsSync} from 'node:fs';
import {readdir, realpath} from 'node:fs/promises';
import {basename, dirname, join} from 'node:path';
import {promisify} from 'node:util';
import {NativeBuildError} from './error.js';

/** The TensorFlow of a Python environment, as far as a C compiler needs to know it. */
export interface Wheel {
  /** site-packages/tensorflow */
  readonly dir: string;
  readonly version: string;
  /** Whether it was built with CUDA. */
  readonly cuda: boolean;
  readonly include: string;
  /** What to link with, libtensorflow_cc first. */
  readonly libraries: readonly string[];
}

// Asking for the spec finds the package without importing it, which would take seconds.
const FIND = `
import importlib.util
spec = importlib.util.find_spec('tensorflow')
print(spec.origin if spec and spec.origin else '')
`;

/**
 * @param python the interpreter of the environment
 * @throws NativeBuildError when it cannot be run or has no TensorFlow with its C library.
 */
export async function findWheel(python: string): Promise<Wheel> {
  const origin = await promisify(execFile)(python, ['-I', '-c', FIND]).then(
    ({stdout}) => stdout.trim(),
    error => {
      throw new NativeBuildError(
        `${python} cannot be run to find TensorFlow: ${String(error.message).trim()}. ` +
          'Set INGOT_PYTHON to a Python that has TensorFlow, or run `npm start`, which installs one.',
        {cause: error},
      );
    },
  );
  if (origin === '') {
    throw new NativeBuildError(`${python} has no TensorFlow. Install it: ${python} -m pip install tensorflow-cpu`);
  }
  const dir = await realpath(dirname(origin));
  const names = process.platform === 'darwin' ? ['cc.2.dylib', 'framework.2.dylib'] : ['cc.so.2', 'framework.so.2'];
  const libraries = names.map(name => join(dir, `libtensorflow_${name}`));
  const include = join(dir, 'include');
  for (const needed of [...libraries, join(include, 'tensorflow/c/c_api.h')]) {
    if (!existsSync(needed)) {
      throw new NativeBuildError(
        `TensorFlow in ${dir} has no ${basename(needed)}: TensorFlow 2.15 or newer for ${process.platform} has. ` +
          `Update it: ${python} -m pip install --upgrade tensorflow-cpu`,
      );
    }
  }
  const {name, version} = await distribution(dirname(dir));
  return {dir, version, cuda: process.platform === 'linux' && name !== 'tensorflow_cpu', include, libraries};
}

/** Name and version of the distribution that brought the package `tensorflow`. */
async function distribution(sitePackages: string): Promise<{name: string; version: string}> {
  for (const entry of await readdir(sitePackages)) {
    const match = /^(tensorflow(?:_cpu|_gpu|_intel|_macos)?|tf_nightly(?:_cpu)?)-(.+)\.dist-info$/.exec(entry);
    if (match?.[1] && match[2]) return {name: match[1].replace('tf_nightly', 'tensorflow'), version: match[2]};
  }
  throw new NativeBuildError(`${sitePackages} has a folder tensorflow, but no record of its version (*.dist-info).`);
}
