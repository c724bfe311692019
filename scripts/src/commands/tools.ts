import {spawn} from 'node:child_process';
import {existsSync} from 'node:fs';
import {readdir, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {install, installForTests} from '../install/install.js';
import {ROOT, readSettings} from '../settings.js';
import {createSteps} from '../terminal/steps.js';

/** The parts of the workspace, as folders. */
const PARTS = ['tensorflow', 'kernel', 'extension', 'deployer', 'serving', 'apps', 'scripts'];

/**
 * `npm run build [-- cpu|gpu]`: everything that `npm start` would build, without starting it. `gpu` takes TensorFlow with CUDA
 * where no GPU is, for the machine that will have one: an image of a container.
 */
export async function build([tensorflow]: readonly string[]): Promise<number> {
  const kind = tensorflow === undefined ? undefined : buildOf(tensorflow);
  await install(readSettings(process.env), createSteps(), kind);
  return 0;
}

/** @throws Error when it is no build of TensorFlow. */
function buildOf(name: string | undefined): 'cpu' | 'gpu' {
  if (name === 'cpu' || name === 'gpu') return name;
  throw new Error(`There is no TensorFlow "${name ?? ''}": there are cpu and gpu.`);
}

/** `npm run lint [-- PATH...]` */
export async function lint(args: readonly string[]): Promise<number> {
  const paths = args.length === 0 ? ['.'] : args;
  const found = await node('node_modules/eslint/bin/eslint.js', ['--max-warnings=0', ...paths]);
  const format = await node('node_modules/prettier/bin/prettier.cjs', ['--check', '--log-level=warn', ...paths]);
  return found === 0 && format === 0 ? 0 : 1;
}

/** `npm run bench [-- NAME...]`: every script under a part's `bench/` whose path holds one of the names. */
export async function bench(args: readonly string[]): Promise<number> {
  await install(readSettings(process.env), createSteps());
  let worst = 0;
  for (const part of PARTS) {
    const folder = join(ROOT, part, 'bench');
    const scripts = existsSync(folder) ? (await readdir(folder)).filter(name => name.endsWith('.mjs')).sort() : [];
    for (const script of scripts) {
      const path = join(part, 'bench', script);
      if (args.length > 0 && !args.some(name => path.includes(name))) continue;
      console.log(`\n== ${path}`);
      worst = Math.max(worst, await node(path, []));
    }
  }
  return worst;
}

/** `npm run reference`: pages for every name that `@ingot/tensorflow` and the notebooks' library export, from their comments. */
export async function reference(args: readonly string[]): Promise<number> {
  return node('node_modules/typedoc/bin/typedoc', args);
}

/** `npm run clean`: what was built. With `-- --all` also what was installed, and everything under `.ingot`. */
export async function clean(args: readonly string[]): Promise<number> {
  const {home} = readSettings(process.env);
  const built = [
    ...PARTS.map(part => join(ROOT, part, 'lib')),
    join(ROOT, 'extension', 'labextension'),
    join(ROOT, 'reference'),
  ];
  const all = args.includes('--all') ? [home, join(ROOT, 'node_modules'), join(ROOT, 'artifacts')] : [];
  for (const folder of [...built, ...all]) await rm(folder, {recursive: true, force: true});
  console.log(`  ✓ Removed what was built${all.length > 0 ? ', installed, published and logged' : ''}`);
  return 0;
}

/** `npm run vectors -- FILE [--url URL]` */
export async function vectors(args: readonly string[]): Promise<number> {
  await install(readSettings(process.env), createSteps());
  return node('serving/lib/vectors/main.js', args);
}

/** `npm run fuzz` */
export async function fuzz(args: readonly string[]): Promise<number> {
  await install(readSettings(process.env), createSteps());
  return node('serving/lib/fuzz/main.js', args);
}

/** `npm run test:gpu`: what a GPU has to do. With INGOT_DEVICE=cpu, that a machine without one says so. */
export async function testGpu(args: readonly string[]): Promise<number> {
  const device = process.env['INGOT_DEVICE'] ?? 'gpu';
  await install(readSettings({...process.env, INGOT_DEVICE: device}), createSteps());
  // Jest's tests have a copy of the environment: TensorFlow does not see what they set there.
  const env = {INGOT_DEVICE: device, TF_FORCE_GPU_ALLOW_GROWTH: 'true'};
  // Not just "gpu": the folder of the checkout may have it in its name.
  return node('node_modules/jest/bin/jest.js', ['/gpu\\.test\\.js$', ...args], env);
}

/** For scripts/gpu/bundle.sh: installs everything, tests included, for the machine that the bundle is for. */
export async function prepare([device]: readonly string[]): Promise<number> {
  const tensorflow = buildOf(device);
  const settings = readSettings({...process.env, INGOT_DEVICE: 'auto'});
  await install(settings, createSteps(), tensorflow);
  await installForTests(settings, createSteps());
  return 0;
}

function node(script: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<number> {
  const child = spawn(
    process.execPath,
    ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', join(ROOT, script), ...args],
    {
      cwd: ROOT,
      stdio: 'inherit',
      env: {...process.env, ...env},
    },
  );
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', code => resolve(code ?? 1));
  });
}
