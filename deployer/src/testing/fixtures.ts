import {randomBytes} from 'node:crypto';
import {mkdtemp, rm} from 'node:fs/promises';
import {createServer} from 'node:net';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {startEmbeddedQueue, type EmbeddedQueue} from '../queue/embedded.js';

export const CHECKOUT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
export const PYTHON = process.env['INGOT_PYTHON'] ?? path.join(CHECKOUT, '.ingot', 'python', 'bin', 'python');

export async function temporaryFolder(): Promise<{path: string; remove: () => Promise<void>}> {
  const dir = await mkdtemp(path.join(tmpdir(), 'ingot-deployer-'));
  return {path: dir, remove: () => rm(dir, {recursive: true, force: true})};
}

/** Of the ports that a system gives to nobody who does not ask for them by number. */
const [FIRST_PORT, PORTS] = [12_000, 20_000];
let drawn = Math.floor(Math.random() * PORTS);

/** A port that nothing uses now, and that nobody is given by chance before it is used. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST_PORT + (drawn++ % PORTS);
    const server = createServer();
    const isFree = await new Promise<boolean>(resolve => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => resolve(true));
    });
    if (!isFree) continue;
    await new Promise(resolve => server.close(resolve));
    return port;
  }
}

export async function startTestQueue(dir: string, port?: number, password?: string): Promise<EmbeddedQueue> {
  return startEmbeddedQueue({
    python: PYTHON,
    dir: path.join(dir, 'queue'),
    port: port ?? (await freePort()),
    password: password ?? randomBytes(16).toString('hex'),
  });
}

/** Polls a condition of the outside world; the time limit only ends a test that has failed. */
export async function until<T>(
  what: string,
  look: () => Promise<T | null | undefined | false>,
  limitMs = 30_000,
): Promise<T> {
  const deadline = Date.now() + limitMs;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > deadline) throw new Error(`Waited ${limitMs} ms in vain until ${what}.`);
    await new Promise(resolve => setTimeout(resolve, 25));
  }
}
