import os from 'node:os';
import path from 'node:path';
import {parseArgs} from 'node:util';
import {installKernelspec} from './kernelspec.js';

/** `ingot-kernel install [--prefix <folder> | --user]` */
export function runInstall(args: readonly string[]): void {
  const {values} = parseArgs({
    args: [...args],
    options: {prefix: {type: 'string'}, user: {type: 'boolean', default: false}},
  });
  if (values.prefix !== undefined && values.user) {
    throw new Error('Give --prefix or --user, not both.');
  }
  const dir = values.prefix === undefined ? userKernels() : path.resolve(values.prefix, 'share/jupyter/kernels');
  const folder = installKernelspec({dir});
  console.log(`Installed the kernel "TypeScript (Ingot)" into ${folder}`);
}

/** https://docs.jupyter.org/en/latest/use/jupyter-directories.html */
function userKernels(): string {
  const data = process.env['JUPYTER_DATA_DIR'];
  if (data) {
    return path.join(data, 'kernels');
  }
  switch (process.platform) {
    case 'darwin':
      return path.join(os.homedir(), 'Library/Jupyter/kernels');
    case 'win32':
      return path.join(process.env['APPDATA'] ?? os.homedir(), 'jupyter/kernels');
    default:
      return path.join(process.env['XDG_DATA_HOME'] ?? path.join(os.homedir(), '.local/share'), 'jupyter/kernels');
  }
}
