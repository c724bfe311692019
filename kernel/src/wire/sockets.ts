import {Publisher, Reply, Router} from 'zeromq';
import {address, type Connection} from './connection.js';
import {type Message, Wire} from './message.js';
import {SendQueue} from './send-queue.js';

export type Channel = 'shell' | 'control' | 'stdin';

/** The five sockets of a kernel. */
export class Sockets {
  readonly wire: Wire;
  readonly #routers = {shell: new Router(), control: new Router(), stdin: new Router()};
  readonly #iopub = new Publisher();
  readonly #heartbeat = new Reply();
  readonly #queues: Readonly<Record<Channel | 'iopub', SendQueue>>;

  constructor(
    private readonly connection: Connection,
    private readonly onError: (error: unknown) => void,
  ) {
    this.wire = new Wire(connection.key);
    // Nothing is dropped because a front end is slow; its own limits apply.
    this.#iopub.sendHighWaterMark = 0;
    for (const router of Object.values(this.#routers)) {
      router.sendHighWaterMark = 0;
    }
    this.#queues = {
      shell: new SendQueue(this.#routers.shell, onError),
      control: new SendQueue(this.#routers.control, onError),
      stdin: new SendQueue(this.#routers.stdin, onError),
      iopub: new SendQueue(this.#iopub, onError),
    };
  }

  /** @throws Error when a port is taken. */
  async bind(): Promise<void> {
    const {connection} = this;
    await Promise.all([
      this.#routers.shell.bind(address(connection, connection.shell_port)),
      this.#routers.control.bind(address(connection, connection.control_port)),
      this.#routers.stdin.bind(address(connection, connection.stdin_port)),
      this.#iopub.bind(address(connection, connection.iopub_port)),
      this.#heartbeat.bind(address(connection, connection.hb_port)),
    ]);
  }

  /** Hands each message that arrives to `handle`, and echoes heartbeats, until the sockets are closed. */
  listen(handle: (channel: Channel, message: Message) => void): void {
    for (const channel of ['shell', 'control', 'stdin'] as const) {
      void this.#receive(channel, handle);
    }
    void this.#echo();
  }

  publish(message: Message): void {
    this.#queues.iopub.send(this.wire.encode(message));
  }

  send(channel: Channel, message: Message): void {
    this.#queues[channel].send(this.wire.encode(message));
  }

  async close(): Promise<void> {
    await Promise.all(Object.values(this.#queues).map(queue => queue.flushed()));
    for (const socket of [...Object.values(this.#routers), this.#iopub, this.#heartbeat]) {
      socket.close();
    }
  }

  async #receive(channel: Channel, handle: (channel: Channel, message: Message) => void): Promise<void> {
    for await (const frames of this.#routers[channel]) {
      try {
        handle(channel, this.wire.decode(frames));
      } catch (error) {
        this.onError(error);
      }
    }
  }

  async #echo(): Promise<void> {
    for await (const frames of this.#heartbeat) {
      await this.#heartbeat.send(frames);
    }
  }
}
