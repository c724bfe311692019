import {spawn, type ChildProcess} from 'node:child_process';
import {randomUUID} from 'node:crypto';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {createServer} from 'node:net';
import os from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {Dealer, Subscriber} from 'zeromq';
import {type Content, type Header, type Message, Wire} from '../wire/message.js';

const MAIN = fileURLToPath(new URL('../main.js', import.meta.url));

export interface Execution {
  /** Of the request's message. */
  readonly id: string;
  readonly reply: Content;
  /** Everything on iopub that belongs to the cell, in order, without status messages. */
  readonly outputs: readonly {readonly type: string; readonly content: Content}[];
  readonly stdout: string;
  readonly stderr: string;
  /** The result's `text/plain`. */
  readonly text: string | undefined;
}

/** A real kernel in a process of its own and a client of it, for tests and benchmarks. */
export class TestKernel {
  readonly #session = randomUUID();
  readonly #listeners = new Set<(channel: string, message: Message) => void>();
  /** Resolves with the exit code. */
  readonly ended: Promise<number | null>;

  private constructor(
    readonly folder: string,
    readonly process: ChildProcess,
    private readonly wire: Wire,
    private readonly sockets: {shell: Dealer; control: Dealer; stdin: Dealer; iopub: Subscriber},
    private readonly home: string,
  ) {
    this.ended = new Promise(resolve => process.on('exit', code => resolve(code)));
    for (const [channel, socket] of Object.entries(sockets)) {
      void this.#receive(channel, socket);
    }
  }

  /** @param folder the notebook's; a new one unless given. */
  static async start(
    options: {folder?: string; env?: Record<string, string>; command?: (file: string) => string[]} = {},
  ) {
    const home = mkdtempSync(path.join(os.tmpdir(), 'ingot-kernel-'));
    const folder = options.folder ?? home;
    const [shell = 0, control = 0, stdin = 0, iopub = 0, hb = 0] = await freePorts(5);
    const key = randomUUID();
    const file = path.join(home, 'connection.json');
    const ports = {shell_port: shell, control_port: control, stdin_port: stdin, iopub_port: iopub, hb_port: hb};
    const scheme = {transport: 'tcp', ip: '127.0.0.1', key, signature_scheme: 'hmac-sha256'};
    writeFileSync(file, JSON.stringify({...ports, ...scheme}));
    const [command = process.execPath, ...args] = options.command?.(file) ?? [
      process.execPath,
      '--no-warnings',
      MAIN,
      file,
    ];
    const child = spawn(command, args, {
      cwd: folder,
      env: {...process.env, NODE_OPTIONS: '', ...options.env},
      stdio: ['ignore', 'ignore', process.env['INGOT_TEST_LOG'] ? 'inherit' : 'ignore'],
    });
    const routingId = randomUUID();
    const sockets = {
      shell: new Dealer({routingId}),
      control: new Dealer({routingId}),
      stdin: new Dealer({routingId}),
      iopub: new Subscriber(),
    };
    sockets.iopub.subscribe();
    for (const [name, port] of Object.entries({shell, control, stdin, iopub})) {
      sockets[name as keyof typeof sockets].connect(`tcp://127.0.0.1:${port}`);
    }
    const kernel = new TestKernel(folder, child, new Wire(key), sockets, home);
    const ended = kernel.ended.then(code =>
      Promise.reject(new Error(`the kernel ended with ${code} before it answered`)),
    );
    await Promise.race([kernel.#ready(), ended]);
    ended.catch(() => undefined);
    return kernel;
  }

  /** Sends a request and resolves with its reply's content. */
  async request(type: string, content: Content, channel: 'shell' | 'control' = 'shell'): Promise<Content> {
    const header = this.#header(type);
    const reply = this.#next(
      (from, message) => from === channel && (message.parent as Header).msg_id === header.msg_id,
    );
    await this.#send(channel, header, content);
    return (await reply).content;
  }

  /** Sends what has no reply: comm messages, input. */
  async send(type: string, content: Content, channel: 'shell' | 'stdin' = 'shell'): Promise<void> {
    await this.#send(channel, this.#header(type), content);
  }

  /** Resolves with the next message that fits. */
  next(type: string): Promise<Message> {
    return this.#next((_, message) => message.header.msg_type === type);
  }

  /** @param metadata as a front end sends it, e.g. JupyterLab's {cellId}. */
  async execute(code: string, options: Content = {}, metadata: Content = {}): Promise<Execution> {
    const header = this.#header('execute_request');
    const outputs: {type: string; content: Content}[] = [];
    const isOwn = (message: Message) => (message.parent as Header).msg_id === header.msg_id;
    const idle = this.#next((channel, message) => {
      if (channel !== 'iopub' || !isOwn(message)) {
        return false;
      }
      if (message.header.msg_type !== 'status') {
        outputs.push({type: message.header.msg_type, content: message.content});
      }
      return message.content['execution_state'] === 'idle';
    });
    const replied = this.#next((channel, message) => channel === 'shell' && isOwn(message));
    const content = {
      code,
      silent: false,
      store_history: true,
      user_expressions: {},
      allow_stdin: false,
      stop_on_error: true,
    };
    await this.#send('shell', header, {...content, ...options}, metadata);
    const [reply] = await Promise.all([replied, idle]);
    const stream = (name: string) =>
      outputs
        .filter(({type, content: {name: of}}) => type === 'stream' && of === name)
        .map(({content: {text}}) => text)
        .join('');
    const result = outputs.find(({type}) => type === 'execute_result')?.content['data'] as Content | undefined;
    return {
      id: header.msg_id,
      reply: reply.content,
      outputs,
      stdout: stream('stdout'),
      stderr: stream('stderr'),
      text: result?.['text/plain'] as string | undefined,
    };
  }

  /** Ends the kernel and forgets its files. */
  async stop(): Promise<void> {
    if (this.process.exitCode === null && this.process.signalCode === null) {
      this.process.kill('SIGKILL');
      await this.ended;
    }
    Object.values(this.sockets).forEach(socket => socket.close());
    rmSync(this.home, {recursive: true, force: true});
  }

  /** Waits until the kernel answers and until its iopub messages arrive here. */
  async #ready(): Promise<void> {
    let heard = false;
    const listener = (channel: string) => {
      heard ||= channel === 'iopub';
    };
    this.#listeners.add(listener);
    while (!heard) {
      await this.request('kernel_info_request', {});
      await new Promise(resolve => setTimeout(resolve, 5));
    }
    this.#listeners.delete(listener);
  }

  #next(fits: (channel: string, message: Message) => boolean): Promise<Message> {
    return new Promise(resolve => {
      const listener = (channel: string, message: Message) => {
        if (fits(channel, message)) {
          this.#listeners.delete(listener);
          resolve(message);
        }
      };
      this.#listeners.add(listener);
    });
  }

  #header(type: string): Header {
    const date = new Date().toISOString();
    return {msg_id: randomUUID(), msg_type: type, session: this.#session, username: 'test', date, version: '5.4'};
  }

  async #send(
    channel: 'shell' | 'control' | 'stdin',
    header: Header,
    content: Content,
    metadata: Content = {},
  ): Promise<void> {
    const message = {identities: [], header, parent: {}, metadata, content, buffers: []};
    await this.sockets[channel].send(this.wire.encode(message));
  }

  async #receive(channel: string, socket: Dealer | Subscriber): Promise<void> {
    for await (const frames of socket) {
      const message = this.wire.decode(frames);
      this.#listeners.forEach(listener => listener(channel, message));
    }
  }
}

/** Of the ports that a system gives to nobody who does not ask for them by number. */
const [FIRST_PORT, PORTS] = [12_000, 20_000];
let drawn = Math.floor(Math.random() * PORTS);

/** Ports that nothing uses now, and that nobody is given by chance before they are used. */
async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  while (ports.length < count) {
    const port = FIRST_PORT + (drawn++ % PORTS);
    const server = createServer();
    const isFree = await new Promise<boolean>(resolve => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => resolve(true));
    });
    if (!isFree) continue;
    await new Promise(resolve => server.close(resolve));
    ports.push(port);
  }
  return ports;
}
