import {existsSync} from 'node:fs';
import {readFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {ProgramError, runProgram} from '../terminal/run-program.js';
import {isDone, onceFor, stampKey} from './stamp.js';

export interface PythonOptions {
  /** The interpreter of the environment to make, e.g. `.ingot/python/bin/python`. */
  readonly python: string;
  /** Requirement files. */
  readonly files: readonly string[];
  /** Without the packages that these depend on, and whichever Python they wish for. */
  readonly alone?: boolean;
  /** Names the set, e.g. "platform": each set is installed once. */
  readonly set: string;
  /** Packages of which an environment has one, as they have the same files; and the one that is not wanted. */
  readonly oneOf?: {readonly names: readonly string[]; readonly not: string};
  readonly detail: (text: string) => void;
}

const OLDEST = [3, 10] as const;

/**
 * Makes the Python environment if it is not there, and installs a set of requirement files into it once.
 * @throws Error with the command that installs what is missing.
 */
export async function installPython({
  python,
  files,
  alone = false,
  set,
  oneOf,
  detail,
}: PythonOptions): Promise<'done' | 'already'> {
  const home = dirname(dirname(python));
  const {file, key} = await stampOf({python, files, set});
  return onceFor(file, key, async () => {
    if (!existsSync(python)) await makeEnvironment(home, detail);
    const requirements = files.flatMap(file => ['-r', file]);
    if (alone) {
      const flags = ['--quiet', '--disable-pip-version-check', '--no-deps', '--ignore-requires-python'];
      await runProgram(python, ['-m', 'pip', 'install', ...flags, ...requirements], {onLine: detail});
      return;
    }
    const uv = join(home, 'bin', 'uv');
    if (!existsSync(uv)) {
      detail('the installer uv');
      await runProgram(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', 'uv']);
    }
    if (oneOf !== undefined) await makeRoom(uv, python, oneOf);
    await runProgram(uv, ['pip', 'install', '--python', python, ...requirements], {onLine: detail});
  });
}

/** Whether that is what was installed last. */
export async function isInstalled(options: Pick<PythonOptions, 'python' | 'files' | 'set'>): Promise<boolean> {
  const {file, key} = await stampOf(options);
  return isDone(file, key);
}

async function stampOf({
  python,
  files,
  set,
}: Pick<PythonOptions, 'python' | 'files' | 'set'>): Promise<{file: string; key: string}> {
  const texts = await Promise.all(files.map(file => readFile(file, 'utf8')));
  return {file: join(dirname(dirname(python)), `.ingot-${set}`), key: stampKey(python, ...texts)};
}

/** Both installed, the files are the later one's, either's removal takes them away, and a version says nothing of them. */
async function makeRoom(uv: string, python: string, {names, not}: NonNullable<PythonOptions['oneOf']>): Promise<void> {
  const installed = await runProgram(uv, ['pip', 'freeze', '--python', python]);
  if (!installed.split('\n').some(line => line.startsWith(`${not}==`))) return;
  await runProgram(uv, ['pip', 'uninstall', '--python', python, ...names]);
}

async function makeEnvironment(home: string, detail: (text: string) => void): Promise<void> {
  const system = await findSystemPython();
  detail(`a Python environment from ${system}`);
  try {
    await runProgram(system, ['-m', 'venv', home]);
  } catch (error) {
    if (error instanceof ProgramError && /ensurepip|venv/.test(error.output)) {
      throw new Error(`${system} cannot make environments. Install its venv module: apt-get install python3-venv`, {
        cause: error,
      });
    }
    throw error;
  }
}

/** The first Python on the path that is new enough. TensorFlow's wheels follow CPython's releases with a delay. */
async function findSystemPython(): Promise<string> {
  const seen: string[] = [];
  for (const name of ['python3', 'python3.13', 'python3.12', 'python3.11', 'python3.10', 'python']) {
    const version = await runProgram(name, ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])']).catch(
      () => null,
    );
    if (version === null) continue;
    const [major = 0, minor = 0] = version.trim().split('.').map(Number);
    if (major === OLDEST[0] && minor >= OLDEST[1] && minor <= 13) return name;
    seen.push(`${name} is ${version.trim()}`);
  }
  const found = seen.length === 0 ? 'none was found' : seen.join(', ');
  throw new Error(
    `Ingot needs Python 3.10 to 3.13 (${found}). Install one: apt-get install python3 python3-venv, or brew install python@3.12`,
  );
}
