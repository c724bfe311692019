import {spawn} from 'node:child_process';
import {createInterface} from 'node:readline';

export interface ProgramOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Called with each line that the program prints. */
  readonly onLine?: (line: string) => void;
}

/** A program that could not be started, or that ended with another status than 0. */
export class ProgramError extends Error {
  constructor(
    readonly program: string,
    readonly status: string,
    readonly output: string,
  ) {
    super(`${program} ${status}${output === '' ? '' : `:\n${output}`}`);
    this.name = 'ProgramError';
  }
}

/**
 * Runs a program to its end without a shell.
 * @returns what it printed on stdout.
 * @throws ProgramError with the last 30 lines it printed.
 */
export async function runProgram(
  program: string,
  args: readonly string[],
  {cwd, env, onLine}: ProgramOptions = {},
): Promise<string> {
  const child = spawn(program, args, {cwd, env: env ?? process.env, stdio: ['ignore', 'pipe', 'pipe']});
  let stdout = '';
  const tail: string[] = [];
  const take = (line: string): void => {
    if (line.trim() === '') return;
    tail.push(line);
    if (tail.length > 30) tail.shift();
    onLine?.(line);
  };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  createInterface({input: child.stdout}).on('line', take);
  createInterface({input: child.stderr}).on('line', take);
  const status = await new Promise<string | null>(resolve => {
    child.on('error', error => resolve(`could not be started (${error.message})`));
    child.on('close', (code, signal) => resolve(code === 0 ? null : `ended with ${signal ?? `status ${code}`}`));
  });
  if (status !== null) throw new ProgramError(program, status, tail.join('\n'));
  return stdout;
}
