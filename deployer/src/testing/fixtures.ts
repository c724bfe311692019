import {randomBytes} from 'node:crypto';
import {mkdtemp, rm} from 'node:fs/promises';
import {createServer, type AddressInfo} from 'node:net';
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

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const {port} = server.address() as AddressInfo;
  await new Promise(resolve => server.close(resolve));
  return port;
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
