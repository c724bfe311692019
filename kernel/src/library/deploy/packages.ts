import {readFile} from 'node:fs/promises';
import {createRequire} from 'node:module';
import {join} from 'node:path';
import {tf} from '@ingot/tensorflow';

/** What every model of this library depends on. */
const OWN = ['ingot', '@ingot/tensorflow', '@tensorflow/tfjs-node'];

/**
 * The versions of Node.js, TensorFlow, this library and what else the notebook imports, by name. A package without a
 * version (a link into somebody's own work) is left out.
 * @param folder the notebook's: where its own packages are looked for first.
 */
export async function packageVersions(imported: readonly string[], folder: string): Promise<Record<string, string>> {
  const names = [...new Set([...OWN, ...imported])];
  const versions = await Promise.all(
    names.map(async name => {
      const version =
        (await versionFrom(join(folder, 'notebook.ts'), name)) ?? (await versionFrom(import.meta.url, name));
      return version === undefined ? [] : [[name, version] as const];
    }),
  );
  const binding = (tf.backend() as unknown as {binding?: {TF_Version?: string}}).binding;
  const library = binding?.TF_Version === undefined ? [] : [['libtensorflow', binding.TF_Version] as const];
  return Object.fromEntries([...versions.flat(), ...library, ['node', process.versions.node]]);
}

/** Not by `require('name/package.json')`, which a package's `exports` may forbid: each `node_modules` is looked into. */
async function versionFrom(from: string, name: string): Promise<string | undefined> {
  for (const folder of createRequire(from).resolve.paths(name) ?? []) {
    try {
      const {version} = JSON.parse(await readFile(join(folder, name, 'package.json'), 'utf8')) as {version?: string};
      return version;
    } catch (error) {
      const {code} = error as NodeJS.ErrnoException;
      if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error;
    }
  }
  return undefined;
}
