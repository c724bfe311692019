import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {answers} from '../platform/health.js';
import type {Part} from './part.js';
import {freePort, isFree} from './ports.js';
import {listProcesses} from './processes.js';
import {createSupervisor, type Supervisor} from './supervisor.js';

let folder: string;
let supervisor: Supervisor;
let events: string[];
let pids: readonly number[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ingot-supervisor-'));
  events = [];
  pids = [];
  supervisor = createSupervisor({
    logFolder: folder,
    onEvent: text => events.push(text),
    onProcesses: found => (pids = found),
  });
});

afterEach(async () => {
  await supervisor.stop();
  rmSync(folder, {recursive: true});
});

/** A web server as a part; `before` is code that it runs first. */
function server(port: number, before = ''): Part {
  const code = `${before}; require('http').createServer((_, answer) => answer.end('{}')).listen(${port}, '127.0.0.1')`;
  return {
    name: 'server',
    title: 'A server',
    command: [process.execPath, '-e', code],
    cwd: folder,
    env: {PATH: process.env['PATH'] ?? ''},
    healthy: answers(`http://127.0.0.1:${port}/`),
    startWithinMs: 20_000,
    stopSignal: 'SIGTERM',
  };
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise(resolve => setTimeout(resolve, 50));
}

async function isAlive(pid: number | undefined): Promise<boolean> {
  return (await listProcesses()).some(found => found.pid === pid);
}

test('a part that dies is started again, and said to be', async () => {
  const port = await freePort();
  await supervisor.start(server(port));
  const [first] = pids;
  process.kill(first ?? 0, 'SIGKILL');
  await until(() => pids[0] !== first);
  await until(() =>
    answers(`http://127.0.0.1:${port}/`)().then(
      () => true,
      () => false,
    ),
  );
  expect(events).toEqual([expect.stringContaining('A server was ended by SIGKILL; starting it again in 0.5 s')]);
});

test('stopping leaves no process, not even one with a group of its own, and no port', async () => {
  const port = await freePort();
  const spawnChild = `
    const child = require('child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], {detached: true});
    console.log('child ' + child.pid)`;
  await supervisor.start(server(port, spawnChild));
  const read = (): string | undefined => /child (\d+)/.exec(readFileSync(join(folder, 'server.log'), 'utf8'))?.[1];
  await until(() => read() !== undefined);
  const child = Number(read());
  expect(await isAlive(child)).toBe(true);
  await supervisor.stop();
  expect(await isAlive(child)).toBe(false);
  expect(await isAlive(pids[0])).toBe(false);
  expect(await isFree(port, '127.0.0.1')).toBe(true);
});

test('a part that ends at once fails its start with the end of its log', async () => {
  const port = await freePort();
  const part = server(port, "console.error('no such model volume'); process.exit(3)");
  await expect(supervisor.start(part)).rejects.toThrow(/A server ended with status 3[^]*no such model volume/);
});

test('a part that never answers fails its start with the reason', async () => {
  const command: Part['command'] = [process.execPath, '-e', 'setInterval(() => {}, 1000)'];
  const hangs: Part = {...server(await freePort()), command, startWithinMs: 500};
  await expect(supervisor.start(hangs)).rejects.toThrow(/not ready within 0.5 s \(nothing answers on/);
});
