import fs from 'node:fs/promises';
import {isBuiltin} from 'node:module';
import path from 'node:path';

/** What a module exports, by name. */
export type Namespace = Record<string, unknown>;

/** "@scope/name" or "name" of a specifier that may name a file inside the package. */
export function packageOf(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}

/**
 * Whether Node would find the package from the folder. Node must not be asked for one that is missing: it remembers the
 * answer, and would not see the package that is installed then.
 */
export async function isInstalled(specifier: string, folder: string): Promise<boolean> {
  if (isBuiltin(specifier) || /^#|^[a-z]+:/i.test(specifier)) {
    return true;
  }
  const name = packageOf(specifier);
  let isNearest = true;
  for (let from = folder, last = ''; from !== last; last = from, from = path.dirname(from)) {
    if (await exists(path.join(from, 'node_modules', name))) {
      return true;
    }
    const own: string | undefined = isNearest ? await nameOf(path.join(from, 'package.json')) : undefined;
    if (own === name) {
      return true;
    }
    isNearest &&= own === undefined;
  }
  return false;
}

/**
 * A package that comes with the kernel, for notebooks outside the checkout.
 * @throws Error that says how to install it, when it does not.
 */
export async function importOfKernel(specifier: string, folder: string): Promise<Namespace> {
  const found = await (import(specifier) as Promise<Namespace>).catch((error: unknown) => {
    if ((error as {code?: unknown}).code === 'ERR_MODULE_NOT_FOUND' && isNamed(error, specifier)) {
      return undefined;
    }
    throw error;
  });
  if (!found) {
    const name = packageOf(specifier);
    throw new Error(
      `There is no package '${name}' for ${folder}. Install it there, in a terminal: npm install ${name}; then run the cell again.`,
    );
  }
  return found;
}

/** True when the missing package is the one that was asked for, not one that it needs. */
function isNamed(error: unknown, specifier: string): boolean {
  return error instanceof Error && error.message.includes(`'${packageOf(specifier)}'`);
}

function exists(file: string): Promise<boolean> {
  return fs.stat(file).then(
    () => true,
    () => false,
  );
}

/** The package's own name; undefined when there is no such file. */
async function nameOf(manifest: string): Promise<string | undefined> {
  const text = await fs.readFile(manifest, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : String((JSON.parse(text) as {name?: unknown}).name ?? '');
}
