import {rm} from 'node:fs/promises';
import {connect, createServer, type AddressInfo, type Server, type Socket} from 'node:net';
import {createServer as createTlsServer, type TlsOptions} from 'node:tls';
import {LONGEST_TIMER_MS, after} from '../deadline/timer.js';
import {Connection, type ConnectionOptions} from './connection.js';
import {readDirectly} from './direct-socket.js';
import {ErrorCode} from './errors.js';
import type {OnStream} from './incoming.js';
import type {Transport} from './output.js';

export interface Http2Options extends ConnectionOptions {
  /** A connection must have begun to speak HTTP/2 within this time. */
  readonly handshakeMs: number;
  /** A connection without streams is ended after this time; Infinity for never. */
  readonly maxIdleMs: number;
  /** A connection is ended gracefully after this time; Infinity for never. */
  readonly maxAgeMs: number;
  /** What such a connection then has to end its streams. */
  readonly maxAgeGraceMs: number;
  /** A connection on which nothing comes is pinged after this time; Infinity for never. */
  readonly keepaliveMs: number;
  /** How long it may take to answer that. */
  readonly keepaliveTimeoutMs: number;
}

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** Chunks up to this size are joined: a large one costs more to copy than to send by itself. */
const JOINED_BYTES = 32 * 1024;
/** How long a peer has to read why its connection ends. */
const LINGER_MS = 1000;
/** Whoever sends this to an HTTP/2 port speaks HTTP/1, and can read such an answer. */
const HTTP1 = /^(GET|HEAD|POST|PUT|DELETE|OPTIONS|PATCH) /;
const HTTP1_REPLY =
  'HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain\r\nconnection: close\r\n\r\n' +
  'This port speaks HTTP/2 alone (gRPC). The REST API is on another one.\n';

/** Sockets, plain, encrypted or of a file, that speak HTTP/2 to `onStream`. */
export class Http2Server {
  private readonly doors: Server[] = [];
  private readonly connections = new Set<Peer>();

  constructor(
    private readonly options: Http2Options,
    private readonly onStream: () => OnStream,
  ) {}

  /**
   * Opens a door at an address, or at the path of a unix socket. @param tls null for a plain one
   * @returns its port, 0 for a unix socket @throws when it cannot be opened
   */
  async listen(address: ListenAddress | string, tls: TlsOptions | null): Promise<number> {
    const handshakeTimeout = Math.min(this.options.handshakeMs, LONGEST_TIMER_MS);
    const door =
      tls === null
        ? createServer({noDelay: true, pauseOnConnect: true}, accepted => this.take(accepted, readDirectly))
        : createTlsServer({...tls, ALPNProtocols: ['h2'], noDelay: true, handshakeTimeout}, socket =>
            socket.alpnProtocol === 'h2' ? this.take(socket, readPlainly) : socket.destroy(),
          );
    // A client that breaks off its handshake is gone already.
    door.on('tlsClientError', (_error: Error, socket: Socket) => socket.destroy());
    if (typeof address === 'string') await removeStale(address);
    await new Promise<void>((resolve, reject) => {
      door.once('error', reject);
      door.listen(typeof address === 'string' ? {path: address} : address, resolve);
    });
    this.doors.push(door);
    const bound = door.address() as AddressInfo | string;
    return typeof bound === 'string' ? 0 : bound.port;
  }

  /** Takes no more connections; resolves once all that there are have ended, their streams answered. */
  async close(): Promise<void> {
    const closed = this.doors.map(door => new Promise<void>(resolve => door.close(() => resolve())));
    for (const peer of this.connections) peer.shutdown();
    await Promise.all(closed);
  }

  private take(accepted: Socket, read: typeof readDirectly): void {
    const socket = read(accepted, bytes => peer.receive(bytes));
    const peer = new Peer(socket, this.onStream(), this.options);
    this.connections.add(peer);
    socket.once('close', () => this.connections.delete(peer));
  }
}

function readPlainly(socket: Socket, onData: (bytes: Buffer) => void): Socket {
  return socket.on('data', onData);
}

/** A socket and the connection on it. */
class Peer implements Transport {
  private readonly connection: Connection;
  private readonly timers = new Set<NodeJS.Timeout>();
  private lastHeard: number;
  private began = false;

  constructor(
    private readonly socket: Socket,
    onStream: OnStream,
    private readonly options: Http2Options,
  ) {
    const connection = new Connection(this, onStream, options);
    this.connection = connection;
    this.lastHeard = options.now();
    connection.onIdleEnd = () => connection.output.end();
    socket.on('drain', () => connection.drained());
    // It is followed by `close`, and there is nobody to tell.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      for (const timer of this.timers) clearTimeout(timer);
      connection.gone();
    });
    this.after(options.handshakeMs, () => {
      if (!connection.established) this.destroy();
    });
    this.after(options.maxAgeMs, () => this.retire());
    this.watchIdle();
    this.watchAlive();
  }

  get waiting(): number {
    return this.socket.writableLength;
  }

  write(chunks: readonly Uint8Array[], bytes: number): void {
    const {socket} = this;
    if (!socket.writable) return;
    if (chunks.length === 1) {
      socket.write(chunks[0] as Uint8Array);
    } else if (bytes <= JOINED_BYTES) {
      socket.write(Buffer.concat(chunks, bytes));
    } else {
      socket.cork();
      for (const chunk of chunks) socket.write(chunk);
      socket.uncork();
    }
  }

  end(): void {
    this.socket.end();
    this.after(LINGER_MS, () => this.destroy());
  }

  destroy(): void {
    this.socket.destroy();
  }

  shutdown(): void {
    this.connection.shutdown();
    // A peer that does not answer the ping is told all the same that it is over.
    this.after(LINGER_MS, () => this.connection.refuseNew());
  }

  /** What has come on the socket. */
  receive(bytes: Buffer): void {
    this.lastHeard = this.options.now();
    if (!this.began) {
      this.began = true;
      if (HTTP1.test(bytes.toString('latin1', 0, 8))) {
        this.socket.end(HTTP1_REPLY);
        this.after(LINGER_MS, () => this.destroy());
        return;
      }
    }
    this.connection.receive(bytes);
  }

  private retire(): void {
    this.shutdown();
    this.after(this.options.maxAgeGraceMs, () => this.connection.fail(ErrorCode.NO_ERROR, 'The connection is too old'));
  }

  private watchIdle(): void {
    const {maxIdleMs, now} = this.options;
    const look = (): void => {
      const idle = this.connection.openStreams > 0 ? 0 : now() - this.lastHeard;
      if (idle >= maxIdleMs) this.shutdown();
      else this.after(maxIdleMs - idle, look);
    };
    this.after(maxIdleMs, look);
  }

  private watchAlive(): void {
    const {keepaliveMs, keepaliveTimeoutMs, now} = this.options;
    const look = (): void => {
      const silent = now() - this.lastHeard;
      if (silent < keepaliveMs) return this.after(keepaliveMs - silent, look);
      const asked = now();
      this.connection.ping();
      this.after(keepaliveTimeoutMs, () => {
        if (this.lastHeard < asked) this.destroy();
        else look();
      });
    };
    this.after(keepaliveMs, look);
  }

  private after(ms: number, act: () => void): void {
    const timer = after(ms, () => {
      if (timer !== undefined) this.timers.delete(timer);
      act();
    })?.unref();
    if (timer !== undefined) this.timers.add(timer);
  }
}

/** A server that was killed leaves its socket's file behind; nobody answers there. */
async function removeStale(path: string): Promise<void> {
  const stale = await new Promise<boolean>(resolve => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(false);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ECONNREFUSED'));
  });
  if (stale) await rm(path);
}
