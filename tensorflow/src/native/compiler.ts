import {execFile} from 'node:child_process';
import {rm} from 'node:fs/promises';
import {basename} from 'node:path';
import {promisify} from 'node:util';
import {NativeBuildError} from './error.js';

const run = promisify(execFile);

export interface Compiler {
  readonly command: string;
  /** First line of `--version`. */
  readonly version: string;
}

/**
 * $CXX, else the first of c++, g++ and clang++ that runs.
 * @throws NativeBuildError when there is none.
 */
export async function findCompiler(env: NodeJS.ProcessEnv = process.env): Promise<Compiler> {
  const candidates = env['CXX'] ? [env['CXX']] : ['c++', 'g++', 'clang++'];
  for (const command of candidates) {
    try {
      const {stdout} = await run(command, ['--version'], {env});
      return {command, version: stdout.split('\n', 1)[0] ?? ''};
    } catch {
      // Tried below as a whole: one that is missing or broken is passed over for the next.
    }
  }
  const remedy = process.platform === 'darwin' ? 'xcode-select --install' : 'apt-get install g++';
  const tried = env['CXX'] ? `CXX=${env['CXX']} cannot be run` : `none of ${candidates.join(', ')} can be run`;
  throw new NativeBuildError(`No C++ compiler: ${tried}. Install one: ${remedy}`);
}

/** An addon that Node loads, or a program. */
export interface Compilation {
  readonly kind: 'addon' | 'program';
  readonly sources: readonly string[];
  /** Of its own: a change of one means a new build. */
  readonly headers: readonly string[];
  readonly include: readonly string[];
  readonly libraries: readonly string[];
  /** Where the loader looks for the libraries; null when there are none to look for. */
  readonly runPath: string | null;
}

const COMMON = ['-std=c++17', '-O2', '-fvisibility=hidden', '-pthread'];

export const FLAGS: Readonly<Record<Compilation['kind'], readonly string[]>> = {
  addon: [
    ...COMMON,
    '-shared',
    '-fPIC',
    '-DNAPI_VERSION=8',
    // Node unloads an addon with the worker thread that loaded it; TensorFlow's threads and exit handlers stay behind.
    ...(process.platform === 'darwin' ? ['-undefined', 'dynamic_lookup'] : ['-Wl,-z,nodelete']),
  ],
  program: [...COMMON, '-fPIE', ...(process.platform === 'darwin' ? [] : ['-pie'])],
};

/** @throws NativeBuildError with the end of the compiler's output. */
export async function compile(compiler: Compiler, what: Compilation, output: string): Promise<void> {
  const args = [
    ...FLAGS[what.kind],
    ...what.include.flatMap(folder => ['-isystem', folder]),
    ...what.sources,
    '-o',
    output,
    ...what.libraries,
    ...(what.runPath === null ? [] : [`-Wl,-rpath,${what.runPath}`]),
  ];
  try {
    await run(compiler.command, args, {maxBuffer: 64 << 20});
  } catch (error) {
    await rm(output, {force: true});
    const {stderr = '', signal} = error as {stderr?: string; signal?: string};
    const lines = stderr.trim().split('\n').slice(-15).join('\n');
    throw new NativeBuildError(
      `${compiler.command} (${compiler.version}) cannot compile ${basename(output)}` +
        `${signal ? ` and was ended by ${signal}; is there enough memory?` : ':'}\n${lines || String(error)}`,
      {cause: error},
    );
  }
}
