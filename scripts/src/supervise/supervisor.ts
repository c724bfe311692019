import {spawn, type ChildProcess} from 'node:child_process';
import {createWriteStream, existsSync, mkdirSync, renameSync} from 'node:fs';
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {createBackoff} from './backoff.js';
import type {Part} from './part.js';
import {descendants, listProcesses, signalAll, type ProcessInfo} from './processes.js';

export interface SupervisorOptions {
  /** One log a part is kept here, and the one before it. */
  readonly logFolder: string;
  /** Called when a part died, with what will be done about it. */
  readonly onEvent?: (text: string) => void;
  /** Called with the process ids of all parts whenever they change. */
  readonly onProcesses?: (pids: readonly number[]) => void;
}

export interface Supervisor {
  /** Starts a part and resolves when it is healthy. From then on it is started again whenever it dies. */
  start(part: Part): Promise<void>;
  /** Stops every part, the last started first, and every process that they started. */
  stop(): Promise<void>;
}

interface Running {
  readonly part: Part;
  child: ChildProcess;
  startedAt: number;
  ended: Promise<string>;
}

/** How long a part may take to stop before it is killed. */
const STOP_WITHIN_MS = 10_000;

export function createSupervisor({
  logFolder,
  onEvent = () => {},
  onProcesses = () => {},
}: SupervisorOptions): Supervisor {
  mkdirSync(logFolder, {recursive: true});
  const parts: Running[] = [];
  let stopping: Promise<void> | null = null;

  function launch(part: Part): Running {
    const [program, ...args] = part.command;
    const log = createWriteStream(join(logFolder, `${part.name}.log`), {flags: 'a'});
    // A group of its own: a terminal's Ctrl-C must reach the supervisor alone, which then stops parts in order.
    const child = spawn(program, args, {
      cwd: part.cwd,
      env: part.env,
      detached: true,
      stdio: [part.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    });
    child.stdin?.end(part.input);
    child.stdout?.pipe(log, {end: false});
    child.stderr?.pipe(log, {end: false});
    const ended = new Promise<string>(resolve => {
      child.once('error', error => resolve(`could not be started: ${error.message}`));
      child.once('exit', (code, signal) =>
        resolve(signal === null ? `ended with status ${code}` : `was ended by ${signal}`),
      );
    });
    void ended.then(() => log.end());
    return {part, child, startedAt: Date.now(), ended};
  }

  function tellProcesses(): void {
    onProcesses(parts.map(({child}) => child.pid).filter(pid => pid !== undefined));
  }

  /** Starts it again, and again, for as long as the platform runs. */
  function watch(running: Running): void {
    const backoff = createBackoff();
    const again = async (): Promise<void> => {
      const how = await running.ended;
      if (stopping !== null) return;
      const wait = backoff.next(Date.now() - running.startedAt);
      onEvent(
        `${running.part.title} ${how}; starting it again in ${wait / 1000} s (${join(logFolder, running.part.name)}.log)`,
      );
      await sleep(wait);
      if (stopping !== null) return;
      Object.assign(running, launch(running.part));
      tellProcesses();
      void again();
    };
    void again();
  }

  async function start(part: Part): Promise<void> {
    rotateLog(logFolder, part.name);
    const running = launch(part);
    parts.push(running);
    tellProcesses();
    await untilHealthy(running, logFolder);
    watch(running);
  }

  async function stop(): Promise<void> {
    stopping ??= (async () => {
      for (const running of [...parts].reverse()) await stopPart(running);
    })();
    await stopping;
  }

  return {start, stop};
}

async function untilHealthy({part, ended}: Running, logFolder: string): Promise<void> {
  const deadline = Date.now() + part.startWithinMs;
  let reason = 'it did not answer';
  let end: string | null = null;
  void ended.then(how => (end = how));
  for (;;) {
    try {
      await part.healthy();
      if (end === null) return;
    } catch (error) {
      reason = error instanceof Error ? error.message : String(error);
    }
    const log = join(logFolder, `${part.name}.log`);
    if (end !== null) throw new Error(`${part.title} ${end}. The end of ${log}:\n${await lastLines(log)}`);
    if (Date.now() > deadline) {
      throw new Error(
        `${part.title} was not ready within ${part.startWithinMs / 1000} s (${reason}). The end of ${log}:\n${await lastLines(log)}`,
      );
    }
    await sleep(100);
  }
}

async function stopPart({part, child, ended}: Running): Promise<void> {
  if (child.pid === undefined) return;
  const family: ProcessInfo[] = descendants(await listProcesses(), child.pid);
  if (child.exitCode === null && child.signalCode === null) {
    child.kill(part.stopSignal);
    const stopped = await Promise.race([ended.then(() => true), patience(STOP_WITHIN_MS)]);
    if (!stopped) {
      child.kill('SIGKILL');
      await ended;
    }
  }
  // What the part started may outlive it: Jupyter's kernels have process groups of their own.
  if ((await signalAll(family, 'SIGTERM')).length === 0) return;
  await sleep(500);
  await signalAll(family, 'SIGKILL');
}

function rotateLog(folder: string, name: string): void {
  const log = join(folder, `${name}.log`);
  if (existsSync(log)) renameSync(log, join(folder, `${name}.log.1`));
}

async function lastLines(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => '(no log)');
  return text
    .trimEnd()
    .split('\n')
    .slice(-15)
    .map(line => `    ${line}`)
    .join('\n');
}

/** False after so long; keeps no process alive by itself. */
function patience(ms: number): Promise<false> {
  return new Promise(resolve => setTimeout(resolve, ms, false).unref());
}

function sleep(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms));
}
