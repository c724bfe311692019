import {createHash, randomUUID} from 'node:crypto';
import {existsSync} from 'node:fs';
import {copyFile, mkdir, readFile, readdir, rename, rm, stat} from 'node:fs/promises';
import {createRequire} from 'node:module';
import {basename, dirname, join} from 'node:path';
import {ADDON_FILE, ENGINE_FILE, NUMBERS_FILE} from './addon.js';
import {compileParts, findCompiler, FLAGS, type Part} from './compiler.js';
import {linkCudaLibraries} from './cuda.js';
import type {NativeBuildError} from './error.js';
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
  /** The program that runs models in a process of its own. */
  readonly engine: string;
  /** False when everything was in the cache. */
  readonly compiled: boolean;
}

const require = createRequire(import.meta.url);
const SOURCES = new URL('../../', import.meta.url).pathname;
/** Without Node: the addon and the engine share them. */
const SHARED = ['graph', 'fused'];

/**
 * Builds tfjs-node's binding and our own addon against the TensorFlow wheel of a Python environment, and puts them where
 * they are loaded from. Does nothing when that was done before with the same sources, wheel, compiler and Node; where
 * there is no compiler, what another one built of the same sources will do.
 * @throws NativeBuildError when there is no compiler, no wheel, no GPU where one was demanded, or the compiler fails.
 */
export async function buildNative(options: NativeBuildOptions): Promise<NativeBuild> {
  const log = options.log ?? (() => undefined);
  const looking = findCompiler().catch((error: unknown) => error as NativeBuildError);
  const wheel = await findWheel(options.python);
  await linkCudaLibraries(wheel, log);
  const device = chooseBuildDevice(options.device ?? 'auto', wheel);
  const parts = await partsFor(wheel);
  const key = await keyOf(wheel, parts);

  const compiler = await looking;
  const folder =
    compiler instanceof Error
      ? await findBuilt(options.cacheDir, key, Object.keys(parts))
      : join(options.cacheDir, `${key}-${digest(compiler)}`);
  if (folder === undefined) throw compiler;
  const missing = Object.entries(parts).filter(([name]) => !existsSync(join(folder, name)));
  if (missing.length > 0 && !(compiler instanceof Error)) {
    const names = missing.map(([name]) => name).join(' and ');
    log(`Compiling ${names} for TensorFlow ${wheel.version} with ${compiler.version}`);
    const started = Date.now();
    await mkdir(folder, {recursive: true});
    const scratch = join(folder, `.${randomUUID()}`);
    await mkdir(scratch);
    try {
      await compileParts(Object.fromEntries(missing), folder, {compiler, include: includes(wheel), scratch});
    } finally {
      await rm(scratch, {recursive: true});
    }
    log(`Compiled in ${((Date.now() - started) / 1000).toFixed(1)} s`);
  }

  const packages = device === 'gpu' ? ['tfjs-node', 'tfjs-node-gpu'] : ['tfjs-node'];
  const bindings = packages.map(name => join(folderOf(`@tensorflow/${name}`), 'lib/napi-v8/tfjs_binding.node'));
  for (const target of bindings) await install(join(folder, 'tfjs_binding.node'), target);
  await install(join(folder, 'ingot.node'), ADDON_FILE);
  await install(join(folder, 'ingot-engine'), ENGINE_FILE);
  await install(join(folder, 'ingot-numbers.node'), NUMBERS_FILE);
  return {
    tensorflow: wheel,
    device,
    tfjs: bindings,
    addon: ADDON_FILE,
    engine: ENGINE_FILE,
    compiled: missing.length > 0,
  };
}

function folderOf(name: string): string {
  return dirname(require.resolve(`${name}/package.json`));
}

function includes(wheel: Wheel): string[] {
  const node = join(folderOf('node-api-headers'), 'include');
  return [node, folderOf('node-addon-api'), folderOf('@tensorflow/tfjs-node'), wheel.include];
}

async function partsFor(wheel: Wheel): Promise<Record<string, Part>> {
  const binding = join(folderOf('@tensorflow/tfjs-node'), 'binding');
  const tfjs = ['tfjs_backend.cc', 'tfjs_binding.cc'].map(name => join(binding, name));
  const linked = {libraries: wheel.libraries, runPath: wheel.dir};
  return {
    'tfjs_binding.node': {kind: 'addon', ...linked, sources: tfjs, headers: []},
    'ingot.node': {kind: 'addon', ...linked, ...(await filesOf('addon', ...SHARED))},
    'ingot-engine': {kind: 'program', ...linked, ...(await filesOf('engine', ...SHARED))},
    'ingot-numbers.node': {kind: 'addon', libraries: [], runPath: null, ...(await filesOf('numbers'))},
  };
}

/** C++ sources and headers of folders of this package. */
async function filesOf(...folders: string[]): Promise<Pick<Part, 'sources' | 'headers'>> {
  const names = await Promise.all(
    folders.map(async folder => (await readdir(join(SOURCES, folder))).sort().map(name => join(SOURCES, folder, name))),
  );
  const files = names.flat();
  return {sources: files.filter(name => name.endsWith('.cc')), headers: files.filter(name => /\.(h|inc)$/.test(name))};
}

/** All that a build depends on but the compiler. */
async function keyOf(wheel: Wheel, parts: Record<string, Part>): Promise<string> {
  const sizes = await Promise.all(wheel.libraries.map(async library => (await stat(library)).size));
  const files = Object.values(parts).flatMap(part => [...part.sources, ...part.headers]);
  const contents = await Promise.all(files.map(async file => [basename(file), await readFile(file, 'utf8')]));
  const {platform, arch, versions} = process;
  return digest([platform, arch, versions.modules, FLAGS, wheel.dir, wheel.version, sizes, contents]);
}

function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 12);
}

/** The folder of a complete build with this key, by whichever compiler. */
async function findBuilt(cacheDir: string, key: string, names: readonly string[]): Promise<string | undefined> {
  const folders = await readdir(cacheDir).catch(() => []);
  return folders
    .filter(folder => folder.startsWith(`${key}-`))
    .map(folder => join(cacheDir, folder))
    .find(folder => names.every(name => existsSync(join(folder, name))));
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
