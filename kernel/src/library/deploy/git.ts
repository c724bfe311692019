import {execFile} from 'node:child_process';
import {basename} from 'node:path';
import {promisify} from 'node:util';
import type {Lineage} from '@ingot/tensorflow/contract';

/**
 * The commit of the repository that the folder lies in; null when it lies in none or there is no git. It is dirty when a
 * file that git knows was changed, or when git does not know the notebook: the commit alone would not bring it back.
 */
export async function gitState(folder: string, notebook: string | null): Promise<Lineage['git']> {
  const git = async (...args: string[]) =>
    (await promisify(execFile)('git', args, {cwd: folder, timeout: 5000})).stdout.trim();
  try {
    const commit = await git('rev-parse', 'HEAD');
    const changed = await git('status', '--porcelain', '--untracked-files=no');
    const own =
      notebook === null ? '' : await git('status', '--porcelain', '--ignored', '--', `./${basename(notebook)}`);
    return {commit, dirty: changed !== '' || own !== ''};
  } catch {
    return null;
  }
}
