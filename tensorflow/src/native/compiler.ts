import {execFile} from 'node:child_process';
import {rename} from 'node:fs/promises';
import {availableParallelism} from 'node:os';
import {basename, join} from 'node:path';
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
export interface Part {
  readonly kind: 'addon' | 'program';
  readonly sources: readonly string[];
  /** Of its own: a change of one means a new build. */
  readonly headers: readonly string[];
  readonly libraries: readonly string[];
  /** Where the loader looks for the libraries; null when there are none to look for. */
  readonly runPath: string | null;
}

const COMPILE = ['-std=c++17', '-O2', '-fvisibility=hidden', '-pthread', '-fPIC', '-DNAPI_VERSION=8'];
const IS_MAC = process.platform === 'darwin';
const LINK: Readonly<Record<Part['kind'], readonly string[]>> = {
  addon: [
    '-shared',
    // Node unloads an addon with the worker thread that loaded it; TensorFlow's threads and exit handlers stay behind.
    ...(IS_MAC ? ['-undefined', 'dynamic_lookup'] : ['-Wl,-z,nodelete']),
  ],
  program: IS_MAC ? [] : ['-pie'],
};

/** All flags: with others a build is another one. */
export const FLAGS = {compile: COMPILE, link: LINK};

export interface Compiling {
  readonly compiler: Compiler;
  /** Folders of headers, the same for all parts. */
  readonly include: readonly string[];
  /** A folder for what is in between; the caller removes it. */
  readonly scratch: string;
}

/**
 * Compiles parts into files of `folder` by their names. A source that several parts share is compiled once, and as many
 * sources at a time as there are processors: TensorFlow's headers take a compiler many seconds each time.
 * @throws NativeBuildError with the end of the compiler's output; nothing still runs then, and `folder` may hold some parts.
 */
export async function compileParts(
  parts: Readonly<Record<string, Part>>,
  folder: string,
  {compiler, include, scratch}: Compiling,
): Promise<void> {
  const sources = [...new Set(Object.values(parts).flatMap(part => part.sources))];
  const objects = new Map(sources.map((source, index) => [source, join(scratch, `${index}-${basename(source)}.o`)]));
  const searched = include.flatMap(path => ['-isystem', path]);
  await eachOf([...objects], ([source, object], signal) =>
    runCompiler(compiler, basename(source), [...COMPILE, ...searched, '-c', source, '-o', object], signal),
  );
  await eachOf(Object.entries(parts), async ([name, {kind, sources, libraries, runPath}], signal) => {
    const beside = join(scratch, name);
    const inputs = sources.map(source => objects.get(source) ?? source);
    const path = runPath === null ? [] : [`-Wl,-rpath,${runPath}`];
    await runCompiler(
      compiler,
      name,
      [...LINK[kind], '-pthread', ...inputs, '-o', beside, ...libraries, ...path],
      signal,
    );
    await rename(beside, join(folder, name));
  });
}

/** As many at a time as there are processors. The first error aborts the others, and is thrown once they have ended. */
async function eachOf<T>(items: readonly T[], work: (item: T, signal: AbortSignal) => Promise<void>): Promise<void> {
  const failed = new AbortController();
  const left = items.values();
  const worker = async () => {
    for (const item of left) {
      if (failed.signal.aborted) return;
      await work(item, failed.signal).catch((error: unknown) => failed.abort(error));
    }
  };
  await Promise.all(Array.from({length: availableParallelism()}, worker));
  failed.signal.throwIfAborted();
}

async function runCompiler(
  {command, version}: Compiler,
  what: string,
  args: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  try {
    await run(command, args, {maxBuffer: 64 << 20, signal});
  } catch (error) {
    const {stderr = '', signal: ended} = error as {stderr?: string; signal?: string};
    const lines = stderr.trim().split('\n').slice(-15).join('\n');
    throw new NativeBuildError(
      `${command} (${version}) cannot compile ${what}` +
        `${ended ? ` and was ended by ${ended}; is there enough memory?` : ':'}\n${lines || String(error)}`,
      {cause: error},
    );
  }
}
