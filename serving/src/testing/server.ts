import {spawn, type ChildProcess} from 'node:child_process';
import {once} from 'node:events';
import {readFile, readdir} from 'node:fs/promises';
import {createInterface} from 'node:readline';
import {fileURLToPath} from 'node:url';

const MAIN = fileURLToPath(new URL('../main.js', import.meta.url));

/** A model server in a process of its own, on ports that were free. */
export interface RunningServer {
  readonly url: string;
  readonly grpcAddress: string;
  /** Where models are controlled; empty while that is closed. */
  readonly adminUrl: string;
  readonly process: ChildProcess;
  /** Everything it has logged so far. */
  log(): string;
  /** Everything it has written to stdout so far. */
  output(): string;
  /** Ends it and returns its exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/** Starts `ingot-serving` with these flags; resolves when both doors are open. @throws when it ends before that. */
export function startServer(...flags: string[]): Promise<RunningServer> {
  return startServerWith({}, ...flags);
}

/** The same, with these variables in its environment, too. */
export async function startServerWith(
  environment: Readonly<Record<string, string>>,
  ...flags: string[]
): Promise<RunningServer> {
  const child = spawn(process.execPath, [MAIN, '--rest_api_port=-1', '--port=-1', '--rehearsal_requests=0', ...flags], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {...process.env, TF_CPP_MIN_LOG_LEVEL: '2', ...environment},
  });
  let log = '';
  let output = '';
  let serving = false;
  child.stdout.on('data', (chunk: Buffer) => (output += String(chunk)));
  const exited = once(child, 'exit');
  child.once('exit', (code, signal) => {
    // A test sees only connections that break.
    if (serving && code !== 0) console.error(`the server ended by itself (${signal ?? `exit code ${code}`}):\n${log}`);
  });
  const lines = createInterface({input: child.stderr});
  const opened = new Promise<[url: string, address: string, adminUrl: string]>((resolve, reject) => {
    let url = '';
    let adminUrl = '';
    lines.on('line', line => {
      log += `${line}\n`;
      url = /REST listens on ([^\s"]+)/.exec(line)?.[1] ?? url;
      adminUrl = /Model control listens on ([^\s"]+)/.exec(line)?.[1] ?? adminUrl;
      const address = /gRPC listens on ([^\s"]+)/.exec(line)?.[1];
      if (address !== undefined) resolve([url, address, adminUrl]);
    });
    void exited.then(([code]) => reject(new Error(`the server ended with ${code}:\n${log}`)));
  });
  const [url, grpcAddress, adminUrl] = await opened;
  serving = true;
  return {
    url,
    grpcAddress,
    adminUrl,
    process: child,
    log: () => log,
    output: () => output,
    async stop(signal = 'SIGTERM') {
      serving = false;
      child.kill(signal);
      const [code] = (await exited) as [number | null];
      return code;
    },
  };
}

/** Asks until `done` is true of the answer. @throws with the last answer after `ms`. */
export async function until<T>(ask: () => Promise<T>, done: (answer: T) => boolean, ms = 30_000): Promise<T> {
  const end = Date.now() + ms;
  for (;;) {
    const answer = await ask();
    if (done(answer)) return answer;
    if (Date.now() > end) throw new Error(`still ${JSON.stringify(answer)} after ${ms} ms`);
    await new Promise(resolve => setTimeout(resolve, 50));
  }
}

export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
}

export async function get(url: string, headers: Record<string, string> = {}): Promise<Answer> {
  const response = await fetch(url, {headers});
  return {status: response.status, text: await response.text(), headers: response.headers};
}

export async function post(
  url: string,
  body: NonNullable<RequestInit['body']>,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(url, {method: 'POST', body, headers});
  return {status: response.status, text: await response.text(), headers: response.headers};
}

export async function ready({url}: RunningServer): Promise<void> {
  await until(
    () => get(`${url}/readyz`),
    ({status}) => status === 200,
  );
}

/** Version to state, as the server tells them. */
export async function states({url}: RunningServer, model: string): Promise<Record<string, string>> {
  const {status, text} = await get(`${url}/v1/models/${model}`);
  if (status !== 200) return {};
  const {model_version_status: versions} = JSON.parse(text) as {
    model_version_status: {version: string; state: string}[];
  };
  return Object.fromEntries(versions.map(({version, state}) => [version, state]));
}

/** Resident memory of the server and of the processes below it, in MB. */
export async function memoryMb({process: {pid}}: RunningServer): Promise<number> {
  let kilobytes = 0;
  const pids = [String(pid)];
  for (const each of pids) {
    const file = (name: string): Promise<string> => readFile(`/proc/${each}/${name}`, 'utf8');
    kilobytes += Number(/VmRSS:\s+(\d+)/.exec(await file('status'))?.[1] ?? 0);
    pids.push(...(await file(`task/${each}/children`)).split(' ').filter(Boolean));
  }
  return kilobytes / 1024;
}

/** The process that a server runs its models in. @throws while it has none */
export async function enginePid({process: {pid}}: RunningServer): Promise<number> {
  for (const thread of await readdir(`/proc/${pid}/task`)) {
    const children = await readFile(`/proc/${pid}/task/${thread}/children`, 'utf8').catch(() => '');
    for (const child of children.split(' ').filter(Boolean)) {
      const name = await readFile(`/proc/${child}/comm`, 'utf8').catch(() => '');
      if (name.trim() === 'ingot-engine') return Number(child);
    }
  }
  throw new Error('the server has no engine');
}
