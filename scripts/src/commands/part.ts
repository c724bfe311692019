import {spawn} from 'node:child_process';
import {platformParts} from '../platform/parts.js';
import {readSecrets, readSettings} from '../settings.js';

/**
 * `node scripts/lib/cli.js part NAME`: one part alone, in the foreground, its log on the terminal. Containers run it; they
 * restart what dies themselves.
 */
export async function part(args: readonly string[]): Promise<number> {
  const settings = readSettings(process.env);
  const parts = (await platformParts(settings, readSecrets(settings.home, process.env), process.env)).flat();
  const found = parts.find(({name}) => name === args[0]);
  if (found === undefined) {
    throw new Error(`There is no part "${args[0] ?? ''}". There are: ${parts.map(({name}) => name).join(', ')}`);
  }
  const [program, ...rest] = found.command;
  const child = spawn(program, rest, {
    cwd: found.cwd,
    env: found.env,
    stdio: [found.input === undefined ? 'ignore' : 'pipe', 'inherit', 'inherit'],
  });
  child.stdin?.end(found.input);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(found.stopSignal));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(signal === null ? (code ?? 1) : 0));
  });
}
