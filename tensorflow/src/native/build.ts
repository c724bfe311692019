import {createHash, randomUUID} from 'node:crypto';
import {existsSync} from 'node:fs';
import {copyFile, mkdir, readFile, readdir, rename, rm, stat} from 'node:fs/promises';
import {createRequire} from 'node:module';
import {dirname, join} from 'node:path';
import {ADDON_FILE} from './addon.js';
import {compile, findCompiler, FLAGS, type Compilation} from './compiler.js';
import {chooseBuildDevice, type DeviceChoice} from './gpu.js';
import {findWheel, type Wheel} from './wheel.js';

export interface NativeBuildOptions {
  /** A Python whose environment has TensorFlow. */
  readonly python: string;
  /** Where builds are kept, one folder for each combination of sources, compiler, Node and wheel. */
  readonly cacheDir: string;
  readonly log?: (line: string) => void;
  /** INGOT_DEVICE. */
  readonly device?: DeviceChoice;
}

export interface NativeBuild {
  readonly tensorflow: Wheel;
  readonly device: 'cpu' | 'gpu';
  /** The bindings of tfjs-node in use, as loaded by it. */
  readonly tfjs: readonly string[];
  /** Our own addon, as loaded by `loadAddon()`. */
  readonly addon: string;
  /** False when everything was in the cache. */
  readonly compiled: boolean;
}

const require = createRequire(import.meta.url);
const ADDON_SOURCES = new URL('../../addon/', import.meta.url).pathname;

/**
 * Builds tfjs-node's binding and our own addon against the TensorFlow wheel of a Python environment, and puts them where
 * they are loaded from. Does nothing when that was done before with the same sources, wheel, compiler and Node.
 * @throws NativeBuildError when there is no compiler, no wheel, no GPU where one was demanded, or the compiler fails.
 */
export async function buildNative(options: NativeBuildOptions): Promise<NativeBuild> {
  const log = options.log ?? (() => undefined);
  const [wheel, compiler] = await Promise.all([findWheel(options.python), findCompiler()]);
  const device = chooseBuildDevice(options.device ?? 'auto', wheel);

  const tfjs = dirname(require.resolve('@tensorflow/tfjs-node/package.json'));
  const node = dirname(require.resolve('node-api-headers/package.json'));
  const napi = dirname(require.resolve('node-addon-api/package.json'));
  const linked = {libraries: wheel.libraries, runPath: wheel.dir};
  const parts: Record<string, Compilation> = {
    'tfjs_binding.node': {
      ...linked,
      sources: ['tfjs_backend.cc', 'tfjs_binding.cc'].map(name => join(tfjs, 'binding', name)),
      include: [join(node, 'include'), tfjs, wheel.include],
    },
    'ingot.node': {
      ...linked,
      sources: (await readdir(ADDON_SOURCES))
        .filter(name => name.endsWith('.cc'))
        .map(name => join(ADDON_SOURCES, name)),
      include: [join(node, 'include'), napi, wheel.include],
    },
  };
  const identity = [
    compiler.command,
    compiler.version,
    ...FLAGS,
    process.platform,
    process.arch,
    process.versions.modules,
    wheel.dir,
    wheel.version,
    String((await stat(wheel.libraries[0] ?? wheel.dir)).mtimeMs),
  ];
  const key = await hash(identity, [
    ...(await sourceFiles(join(tfjs, 'binding'))),
    ...(await sourceFiles(ADDON_SOURCES)),
  ]);
  const folder = join(options.cacheDir, key);

  const missing = Object.entries(parts).filter(([name]) => !existsSync(join(folder, name)));
  if (missing.length > 0) {
    log(
      `Compiling ${missing.map(([name]) => name).join(' and ')} for TensorFlow ${wheel.version} with ${compiler.version}`,
    );
    const started = Date.now();
    await mkdir(folder, {recursive: true});
    await Promise.all(
      missing.map(async ([name, part]) => {
        const beside = join(folder, `.${randomUUID()}.node`);
        await compile(compiler, part, beside);
        await rename(beside, join(folder, name));
      }),
    );
    log(`Compiled in ${((Date.now() - started) / 1000).toFixed(1)} s`);
  }

  const bindings = [join(tfjs, 'lib/napi-v8/tfjs_binding.node')];
  if (device === 'gpu') {
    const gpu = dirname(require.resolve('@tensorflow/tfjs-node-gpu/package.json'));
    bindings.push(join(gpu, 'lib/napi-v8/tfjs_binding.node'));
  }
  for (const target of bindings) await install(join(folder, 'tfjs_binding.node'), target);
  await install(join(folder, 'ingot.node'), ADDON_FILE);
  return {tensorflow: wheel, device, tfjs: bindings, addon: ADDON_FILE, compiled: missing.length > 0};
}

async function sourceFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder);
  return names
    .filter(name => /\.(cc|h)$/.test(name))
    .sort()
    .map(name => join(folder, name));
}

async function hash(identity: readonly string[], files: readonly string[]): Promise<string> {
  const sum = createHash('sha256').update(JSON.stringify(identity));
  for (const file of files) sum.update(await readFile(file));
  return sum.digest('hex').slice(0, 16);
}

/** Copies beside and renames: a process that has the old file loaded keeps it. */
async function install(from: string, to: string): Promise<void> {
  const wanted = await readFile(from);
  if (existsSync(to) && wanted.equals(await readFile(to))) return;
  await mkdir(dirname(to), {recursive: true});
  const beside = `${to}.${randomUUID()}`;
  try {
    await copyFile(from, beside);
    await rename(beside, to);
  } finally {
    await rm(beside, {force: true});
  }
}
