import os from 'node:os';
import path from 'node:path';
import {parseArgs} from 'node:util';
import {DISPLAY_NAME, installKernelspec, removeKernelspec} from './kernelspec.js';

/** `ingot-kernel install [--prefix <folder> | --user]` */
export function runInstall(args: readonly string[]): void {
  const folder = installKernelspec({dir: kernelsFolder(args)});
  console.log(`Installed the kernel "${DISPLAY_NAME}" into ${folder}`);
}

/** `ingot-kernel uninstall [--prefix <folder> | --user]` */
export function runUninstall(args: readonly string[]): void {
  const dir = kernelsFolder(args);
  const folder = removeKernelspec({dir});
  if (folder === null) {
    throw new Error(
      `The kernel "${DISPLAY_NAME}" is not installed in ${dir}. "jupyter kernelspec list" says where it is.`,
    );
  }
  console.log(`Removed the kernel "${DISPLAY_NAME}" from ${folder}`);
}

/** Jupyter's folder of kernels in the environment or, by default, the user's. */
function kernelsFolder(args: readonly string[]): string {
  const {values} = parseArgs({
    args: [...args],
    options: {prefix: {type: 'string'}, user: {type: 'boolean', default: false}},
  });
  if (values.prefix !== undefined && values.user) {
    throw new Error('Give --prefix or --user, not both.');
  }
  return values.prefix === undefined ? userKernels() : path.resolve(values.prefix, 'share/jupyter/kernels');
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
