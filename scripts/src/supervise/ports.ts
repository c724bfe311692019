import {readdir, readFile, readlink} from 'node:fs/promises';
import net from 'node:net';
import {runProgram} from '../terminal/run-program.js';

/** True when nothing listens there. */
export function isFree(port: number, host: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(false) : reject(error),
    );
    server.listen({port, host, exclusive: true}, () => server.close(() => resolve(true)));
  });
}

/** Of the ports that a system gives to nobody who does not ask for them by number. */
const [FIRST_PORT, PORTS] = [12_000, 20_000];
let drawn = Math.floor(Math.random() * PORTS);

/** A port that nothing uses now, and that nobody is given by chance before it is used. */
export async function freePort(host = '127.0.0.1'): Promise<number> {
  for (;;) {
    const port = FIRST_PORT + (drawn++ % PORTS);
    if (await isFree(port, host)) return port;
  }
}

/** Who listens on a port, for a person: "node (process 4711)", or null when it cannot be told. */
export async function portHolder(port: number): Promise<string | null> {
  return (await holderFromProc(port)) ?? (await holderFromLsof(port));
}

async function holderFromProc(port: number): Promise<string | null> {
  const tables = await Promise.all(['tcp', 'tcp6'].map(name => readFile(`/proc/net/${name}`, 'utf8').catch(() => '')));
  const inodes = new Set(tables.flatMap(table => listeningInodes(table, port)));
  if (inodes.size === 0) return null;
  for (const pid of (await readdir('/proc')).filter(name => /^\d+$/.test(name))) {
    // Another user's descriptors cannot be read; that process is passed over.
    const descriptors = await readdir(`/proc/${pid}/fd`).catch(() => []);
    for (const descriptor of descriptors) {
      const target = await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => '');
      if (inodes.has(/^socket:\[(\d+)\]$/.exec(target)?.[1] ?? '')) {
        const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
        return `${command.split('\0').filter(Boolean).slice(0, 3).join(' ')} (process ${pid})`;
      }
    }
  }
  return null;
}

/** The inodes of sockets that listen on a port, from proc_net_tcp's table: state 0A is LISTEN. */
export function listeningInodes(table: string, port: number): string[] {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0');
  return table
    .split('\n')
    .slice(1)
    .map(line => line.trim().split(/\s+/))
    .filter(fields => fields[1]?.endsWith(`:${wanted}`) === true && fields[3] === '0A')
    .map(fields => fields[9] ?? '');
}

async function holderFromLsof(port: number): Promise<string | null> {
  const output = await runProgram('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpc']).catch(() => null);
  const pid = output === null ? undefined : /^p(\d+)$/m.exec(output)?.[1];
  const name = output === null ? undefined : /^c(.+)$/m.exec(output)?.[1];
  return pid === undefined ? null : `${name ?? 'a program'} (process ${pid})`;
}
