import {readdir, readFile} from 'node:fs/promises';
import {runProgram} from '../terminal/run-program.js';

export interface ProcessInfo {
  readonly pid: number;
  readonly parent: number;
  /** Tells a process from a later one that got the same id. */
  readonly started: string;
}

/** Every process of the machine that can be seen: from /proc, or from `ps` where there is none. */
export async function listProcesses(): Promise<ProcessInfo[]> {
  const entries = await readdir('/proc').catch(() => null);
  if (entries === null) return parsePs(await runProgram('ps', ['-A', '-o', 'pid=,ppid=,lstart=']));
  const processes = await Promise.all(
    entries
      .filter(name => /^\d+$/.test(name))
      .map(async name => {
        // A process may end between the listing and the look at it.
        const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => null);
        return stat === null ? null : parseStat(Number(name), stat);
      }),
  );
  return processes.filter(found => found !== null);
}

/** Fields 4 (parent) and 22 (start time) of proc(5)'s stat; the name before them may hold spaces and brackets. */
function parseStat(pid: number, stat: string): ProcessInfo | null {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields[0] === 'Z') return null;
  return {pid, parent: Number(fields[1]), started: fields[19] ?? ''};
}

function parsePs(output: string): ProcessInfo[] {
  return output
    .split('\n')
    .map(line => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line))
    .filter(match => match !== null)
    .map(([, pid, parent, started = '']) => ({pid: Number(pid), parent: Number(parent), started}));
}

/** A process's children, their children and so on, without itself. */
export function descendants(processes: readonly ProcessInfo[], root: number): ProcessInfo[] {
  const found: ProcessInfo[] = [];
  const parents = new Set([root]);
  let before = -1;
  while (found.length !== before) {
    before = found.length;
    for (const process of processes) {
      if (parents.has(process.parent) && !parents.has(process.pid)) {
        parents.add(process.pid);
        found.push(process);
      }
    }
  }
  return found;
}

/** Sends a signal to those of the given processes that still are what they were. */
export async function signalAll(targets: readonly ProcessInfo[], signal: NodeJS.Signals): Promise<ProcessInfo[]> {
  const alive = new Map((await listProcesses()).map(found => [found.pid, found.started]));
  const same = targets.filter(({pid, started}) => alive.get(pid) === started);
  for (const {pid} of same) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
  return same;
}
