import {fileURLToPath} from 'node:url';
import {StatusError, invalidArgument} from '../status/status.js';

const URI = /^[a-z][a-z0-9+.-]*:\/\//i;

/**
 * The folder that a base path means: a path, or a file:// URI.
 * @throws StatusError for a URI of anything that is no folder here, such as a bucket
 */
export function folderOf(model: string, basePath: string): string {
  if (!URI.test(basePath)) return basePath;
  if (!/^file:/i.test(basePath)) {
    const what = `The base path of model ${model} is ${basePath}`;
    throw new StatusError(
      'UNIMPLEMENTED',
      `${what}; this server reads folders: mount the bucket, or sync it to a disk`,
    );
  }
  try {
    return fileURLToPath(basePath);
  } catch (error) {
    throw invalidArgument(`The base path of model ${model} is ${basePath}: ${(error as Error).message}`);
  }
}
