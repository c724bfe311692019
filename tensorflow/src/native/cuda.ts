import {randomUUID} from 'node:crypto';
import {existsSync} from 'node:fs';
import {readdir, rename, symlink} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import type {Wheel} from './wheel.js';

/**
 * Lets TensorFlow find all of the CUDA libraries that pip put beside it. TensorFlow opens them by name, and the run path of
 * its 2.21 has every folder of theirs but cuSOLVER's: it reports no GPU then, in Python neither. A link in a folder that it
 * has mends that, for each process that uses this TensorFlow.
 * @param log told where no link can be made, and what helps then
 */
export async function linkCudaLibraries(wheel: Wheel, log: (line: string) => void): Promise<void> {
  const packages = join(dirname(wheel.dir), 'nvidia');
  const [own, found] = [join(packages, 'cusolver/lib'), join(packages, 'cuda_runtime/lib')];
  if (!wheel.cuda || !existsSync(own) || !existsSync(found)) return;
  for (const name of (await readdir(own)).filter(name => name.startsWith('libcusolver.so.'))) {
    if (existsSync(join(found, name))) continue;
    const beside = join(found, `.${randomUUID()}`);
    try {
      await symlink(join('../../cusolver/lib', name), beside);
      await rename(beside, join(found, name));
    } catch (error) {
      log(`TensorFlow ${wheel.version} finds a GPU only with LD_LIBRARY_PATH=${own}: ${(error as Error).message}`);
    }
  }
}
