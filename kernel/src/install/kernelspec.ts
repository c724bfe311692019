import {existsSync, mkdirSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

export const KERNEL_NAME = 'ingot';
export const DISPLAY_NAME = 'TypeScript (Ingot)';

export interface KernelspecOptions {
  /** Jupyter's folder of kernels, e.g. `<environment>/share/jupyter/kernels`; or give `prefix`. */
  readonly dir?: string;
  /** A Python environment. */
  readonly prefix?: string;
  /** The Node.js that runs the kernel; this one unless given. */
  readonly node?: string;
  /** Set for the kernel beside what Jupyter hands on, e.g. `INGOT_HOME`. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Writes the kernelspec `ingot`, replacing one that is there. No other kernelspec is touched.
 * @returns the folder that it was written into.
 * @throws Error when neither `dir` nor `prefix` is given, or the folder cannot be written.
 */
export function installKernelspec({dir, prefix, node = process.execPath, env = {}}: KernelspecOptions): string {
  const kernels = dir ?? (prefix === undefined ? undefined : path.join(prefix, 'share/jupyter/kernels'));
  if (kernels === undefined) {
    throw new Error('installKernelspec needs the folder of kernels (dir) or a Python environment (prefix).');
  }
  const main = fileURLToPath(new URL('../main.js', import.meta.url));
  const spec = {
    argv: [node, '--no-warnings', main, '{connection_file}'],
    display_name: DISPLAY_NAME,
    language: 'typescript',
    interrupt_mode: 'message',
    env,
    metadata: {debugger: true},
  };
  const folder = path.join(kernels, KERNEL_NAME);
  mkdirSync(folder, {recursive: true});
  const draft = path.join(folder, `.kernel.json.${process.pid}`);
  try {
    writeFileSync(draft, `${JSON.stringify(spec, null, 2)}\n`);
    renameSync(draft, path.join(folder, 'kernel.json'));
  } finally {
    rmSync(draft, {force: true});
  }
  return folder;
}

/**
 * Takes the kernelspec `ingot` away. No other is touched.
 * @returns the folder that it was in, or null when there was none.
 */
export function removeKernelspec({dir}: {readonly dir: string}): string | null {
  const folder = path.join(dir, KERNEL_NAME);
  if (!existsSync(path.join(folder, 'kernel.json'))) {
    return null;
  }
  rmSync(folder, {recursive: true});
  return folder;
}
