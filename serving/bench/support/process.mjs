import {execFile, spawn} from 'node:child_process';
import {once} from 'node:events';
import {readdirSync, readFileSync} from 'node:fs';
import {promisify} from 'node:util';

export const SERVER_CORE = '0';
export const LOAD_CORE = '1';
const run = promisify(execFile);
const TICKS_PER_SECOND = 100;

/** What a command prints. @throws when it fails. */
export async function output(command, args, options = {}) {
  const {stdout} = await run(command, args.map(String), {maxBuffer: 64 * 1024 * 1024, ...options});
  return stdout;
}

/** Process groups of servers that run: a benchmark that is interrupted leaves none behind. */
const running = new Set();
process.on('exit', () => running.forEach(group => process.kill(-group, 'SIGKILL')));
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));

/** Starts a server on its core, and waits until `ready(url)` answers with a 200. */
export async function serve(command, args, readyUrl, {env = {}, seconds = 90} = {}) {
  const child = spawn('taskset', ['-c', SERVER_CORE, command, ...args.map(String)], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {...process.env, TF_CPP_MIN_LOG_LEVEL: '2', ...env},
    detached: true,
  });
  let log = '';
  child.stderr.on('data', chunk => (log = (log + chunk).slice(-4000)));
  running.add(child.pid);
  const exited = once(child, 'exit').finally(() => running.delete(child.pid));
  const stop = async () => {
    if (child.exitCode === null) process.kill(-child.pid, 'SIGTERM');
    const timer = setTimeout(() => process.kill(-child.pid, 'SIGKILL'), 10_000);
    await exited;
    clearTimeout(timer);
  };
  const end = Date.now() + seconds * 1000;
  for (;;) {
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}: ${log}`);
    if (
      await fetch(readyUrl).then(
        answer => answer.ok || answer.status === 405,
        () => false,
      )
    )
      break;
    if (Date.now() > end) {
      await stop();
      throw new Error(`it was not ready after ${seconds} s: ${log}`);
    }
    await new Promise(resolve => setTimeout(resolve, 100));
  }
  return {
    pid: child.pid,
    stop,
    /** CPU time of the process and those below it, in ms. */
    cpuMs: () => sum(family(child.pid), cpuMsOf),
    /** The same of the process alone. */
    ownCpuMs: () => cpuMsOf(child.pid),
    /** Memory that is theirs alone, in MB: what is shared counts once, in parts. */
    memoryMb: () => Math.round(sum(family(child.pid), memoryOf) / 1024),
  };
}

/**
 * What all processes of the machine have had of its processors, those excepted that are this one's or have been its children, in
 * ms; time that the machine was kept waiting by its host is in it.
 */
export function othersMs() {
  const [, user, nice, system, , , irq, softirq, steal] = read('/proc/stat').split('\n', 1)[0].split(/ +/).map(Number);
  // Of this process, and of those below it that have ended.
  const own = read('/proc/self/stat').split(' ').slice(13, 17).map(Number);
  const ticks = user + nice + system + irq + softirq + steal - own.reduce((total, each) => total + each, 0);
  return (ticks * 1000) / TICKS_PER_SECOND;
}

const sum = (pids, of) => pids.reduce((total, pid) => total + of(pid), 0);

function family(root) {
  const parents = new Map();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = read(`/proc/${name}/stat`);
    if (stat !== null) parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
  }
  const pids = [root];
  for (const pid of pids) for (const [child, parent] of parents) if (parent === pid) pids.push(child);
  return pids;
}

function cpuMsOf(pid) {
  const stat = read(`/proc/${pid}/stat`);
  if (stat === null) return 0;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS_PER_SECOND;
}

function memoryOf(pid) {
  return Number(/^Pss:\s+(\d+)/m.exec(read(`/proc/${pid}/smaps_rollup`) ?? '')?.[1] ?? 0);
}

function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}
