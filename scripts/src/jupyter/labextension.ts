import {createHash} from 'node:crypto';
import {cp, mkdir, readdir, readFile, rename, rm} from 'node:fs/promises';
import {createRequire} from 'node:module';
import {join, relative} from 'node:path';
import {onceFor, stampKey} from '../install/stamp.js';
import {ROOT} from '../settings.js';
import {runProgram} from '../terminal/run-program.js';

export interface ExtensionOptions {
  /** The Python of the environment that JupyterLab runs in. */
  readonly python: string;
  readonly log?: (text: string) => void;
}

/** What ends up in the bundle, relative to the checkout: a change in any of it makes a new one. */
const SOURCES = [
  'extension/package.json',
  'extension/lib',
  'extension/schema',
  'extension/style',
  'deployer/lib/deployment.js',
  'kernel/lib/comm/protocol.js',
  'tensorflow/lib/contract/contract.js',
  'tensorflow/lib/contract/lineage.js',
] as const;

/**
 * Bundles the compiled JupyterLab extension and copies it to where JupyterLab looks for prebuilt extensions. Does
 * nothing when what is installed was made from the same files.
 * @throws ProgramError with the bundler's output when it fails; what was installed before stays.
 */
export async function buildAndInstallExtension({
  python,
  log = () => {},
}: ExtensionOptions): Promise<'done' | 'already'> {
  const prefix = (await runProgram(python, ['-c', 'import sys; print(sys.prefix)'])).trim();
  const target = join(prefix, 'share', 'jupyter', 'labextensions', '@ingot', 'extension');
  const require = createRequire(join(ROOT, 'extension', 'package.json'));
  const builder = require.resolve('@jupyter/builder/lib/build-labextension.js');
  const key = stampKey(
    await hashFiles(SOURCES),
    await readFile(require.resolve('@jupyter/builder/package.json'), 'utf8'),
  );
  return onceFor(join(target, 'built-from'), key, async () => {
    log('bundling the JupyterLab extension');
    const core = require.resolve('@jupyterlab/core-meta/core.package.json');
    // The bundler's licence collector reads the package.json of the folder that it runs in.
    const cwd = join(ROOT, 'extension');
    await runProgram(process.execPath, [builder, '--core-package-file', core, cwd], {cwd, onLine: log});
    await replaceFolder(join(cwd, 'labextension'), target);
  });
}

/** Copies a folder into the place of another, so that a reader finds either the old one or the new one. */
async function replaceFolder(source: string, target: string): Promise<void> {
  const fresh = `${target}.new-${process.pid}`;
  const old = `${target}.old-${process.pid}`;
  await mkdir(join(target, '..'), {recursive: true});
  await cp(source, fresh, {recursive: true});
  await rename(target, old).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  await rename(fresh, target);
  await rm(old, {recursive: true, force: true});
}

async function hashFiles(paths: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const path of paths) {
    for (const file of await filesUnder(join(ROOT, path))) {
      hash.update(`${relative(ROOT, file)}\0`).update(await readFile(file));
    }
  }
  return hash.digest('hex');
}

/** The files at or under a path in a fixed order, without what the bundle leaves out. */
async function filesUnder(path: string): Promise<string[]> {
  const entries = await readdir(path, {withFileTypes: true, recursive: true}).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOTDIR') return null;
    throw error;
  });
  if (entries === null) return [path];
  return entries
    .filter(entry => entry.isFile() && !/\.(test\.js|d\.ts|map|tsbuildinfo)$/.test(entry.name))
    .map(entry => join(entry.parentPath, entry.name))
    .sort();
}
