import {jest} from '@jest/globals';
import {spawn, type ChildProcess} from 'node:child_process';
import {rmSync} from 'node:fs';
import net from 'node:net';
import {ROOT} from '../settings.js';
import {isFree} from '../supervise/ports.js';
import {descendants, listProcesses} from '../supervise/processes.js';
import {ownEnvironment} from './own-environment.js';

jest.setTimeout(180_000);

interface Started {
  readonly npm: ChildProcess;
  readonly output: () => string;
  /** Resolves when the output holds a text; rejects when the program ends before. */
  readonly says: (text: string) => Promise<void>;
  readonly ended: Promise<number | null>;
}

/** `npm start` as a user starts it, in a process group of its own as under a terminal. */
function npmStart(env: Record<string, string>): Started {
  const npm = spawn('npm', ['start'], {cwd: ROOT, env, detached: true, stdio: ['ignore', 'pipe', 'pipe']});
  let output = '';
  const listeners = new Set<() => void>();
  const take = (text: string): void => {
    output += text;
    for (const listener of listeners) listener();
  };
  npm.stdout.setEncoding('utf8').on('data', take);
  npm.stderr.setEncoding('utf8').on('data', take);
  const ended = new Promise<number | null>(resolve => npm.once('exit', code => resolve(code)));
  const says = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => (output.includes(text) ? resolve() : undefined);
      listeners.add(look);
      look();
      void ended.then(code => reject(new Error(`npm start ended with ${code} before it said "${text}":\n${output}`)));
    });
  return {npm, output: () => output, says, ended};
}

async function expectNothingLeft(pids: readonly number[], ports: readonly number[]): Promise<void> {
  const alive = (await listProcesses()).filter(({pid}) => pids.includes(pid));
  expect(alive).toEqual([]);
  for (const port of ports) expect([port, await isFree(port, '127.0.0.1')]).toEqual([port, true]);
}

test.each([
  ['Ctrl-C at the terminal', (pid: number) => process.kill(-pid, 'SIGINT')],
  ['SIGTERM to npm', (pid: number) => process.kill(pid, 'SIGTERM')],
])('%s stops everything: no process left, no port held', async (_, interrupt) => {
  const {home, ports, env} = await ownEnvironment();
  const started = npmStart(env);
  try {
    await started.says('Ingot is up.');
    expect(started.output()).toContain(`:${env['INGOT_JUPYTER_PORT']}/lab/tree/gold.ipynb?token=`);
    const pid = started.npm.pid ?? 0;
    const family = descendants(await listProcesses(), pid).map(process => process.pid);
    expect(family.length).toBeGreaterThan(6);
    interrupt(pid);
    await started.ended;
    await expectNothingLeft(family, ports);
  } finally {
    started.npm.kill('SIGKILL');
    rmSync(home, {recursive: true, force: true});
  }
});

test('a port in use is reported with who holds it and how to move it, and nothing is started', async () => {
  const {home, ports, env} = await ownEnvironment();
  const port = Number(env['INGOT_REST_PORT']);
  const holder = net.createServer().listen(port, '127.0.0.1');
  await new Promise(resolve => holder.once('listening', resolve));
  const started = npmStart(env);
  try {
    expect(await started.ended).toBe(1);
    expect(started.output()).toContain(`Port ${port} is in use by`);
    expect(started.output()).toContain(`(process ${process.pid})`);
    expect(started.output()).toContain('set INGOT_REST_PORT to another port');
  } finally {
    await new Promise(resolve => holder.close(resolve));
    rmSync(home, {recursive: true, force: true});
  }
  await expectNothingLeft([], ports);
});
