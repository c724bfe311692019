import type {Socket} from 'node:net';
import {answerHead, type RawHeaders} from './answer-head.js';
import {readHead, type PlainHead} from './head.js';

/** Answers a request, now that its body is there, by `connection.answer`, once. @param arrivedAt when its head had come, by performance.now() */
export type Respond = (body: Buffer, arrivedAt: number, connection: Connection) => void;

/** What connections ask of their server. */
export interface Host {
  /** How long a connection may be idle between requests. */
  readonly keepAliveMs: number;
  /** False once no connection is to stay open. */
  readonly open: boolean;
  /** Who answers requests with such a head, whichever body follows; null when that is not done here. */
  responder(head: PlainHead): Respond | null;
  /** Gives the connection to node:http, for good; its listeners are gone, it is paused. */
  handOver(socket: Socket): void;
  /** The client has broken off in the middle of a request. */
  brokeOff(socket: Socket): void;
  /** The connection is not here any more. */
  left(connection: Connection): void;
}

/** What a connection may be waiting for. */
export type Awaited = 'first request' | 'body' | 'next request' | 'answer';

/** Answers up to this size are copied behind their head: that costs less than a write of their own. */
export const ONE_WRITE_BYTES = 16 * 1024;
/** A connection that has only just come has a request on its way. */
const FRESH_MS = 1000;
const EMPTY = Buffer.alloc(0);

/**
 * A connection on which plain requests come one after the other. The first bytes that are anything else go to node:http, and
 * all that follow them: whatever is unusual, wrong or an attack is judged by its parser, and every byte by one parser alone.
 */
export class Connection {
  awaits: Awaited = 'first request';
  /** Since when, by performance.now(). */
  since = performance.now();
  /** Called when the client goes before the answer to the request that was given away. */
  onGone: (() => void) | null = null;
  /** The head of the last request, and who answers such. */
  private head: PlainHead | null = null;
  private respond: Respond | null = null;
  /** What has come of a request whose body is not there yet, head and all. */
  private parts: Buffer[] = [];
  private partBytes = 0;
  /** What came behind a request before that was answered. */
  private early: Buffer[] = [];

  constructor(
    readonly socket: Socket,
    private readonly host: Host,
  ) {
    socket.on('data', this.onData).on('end', this.onEnd).on('error', ignore).on('close', this.onClose);
  }

  /** Nothing is lost when it ends. */
  get idle(): boolean {
    const young = performance.now() - this.since < FRESH_MS;
    return this.awaits === 'next request' || (this.awaits === 'first request' && !young);
  }

  /**
   * Sends the answer to the request that was given away.
   * @param onSent called when all of a body larger than ONE_WRITE_BYTES has left, or the client has
   */
  answer(status: number, headers: RawHeaders, body: Buffer, onSent?: () => void): void {
    const {socket, host} = this;
    this.onGone = null;
    if (!socket.writable) return onSent?.();
    const head = answerHead(status, headers, body.length, host.open ? host.keepAliveMs : 0);
    const flushed = this.write(head, body, onSent);
    if (!host.open) this.end();
    else if (this.early.length > 0) this.handOver(this.early);
    else if (flushed) this.awaitNext();
    // Who does not read answers gets to ask no more.
    else socket.pause().once('drain', this.onRead);
  }

  /** Closes it once all that was answered is sent. */
  end(): void {
    const {socket} = this;
    socket.end(() => socket.destroy());
  }

  private write(head: string, body: Buffer, onSent?: () => void): boolean {
    const {socket} = this;
    if (body.length <= ONE_WRITE_BYTES) return socket.write(head + body.toString('latin1'), 'latin1');
    socket.cork();
    socket.write(head, 'latin1');
    const flushed = socket.write(body, onSent);
    socket.uncork();
    return flushed;
  }

  private awaitNext(): void {
    this.awaits = 'next request';
    this.since = performance.now();
  }

  private readonly onRead = (): void => {
    this.awaitNext();
    this.socket.resume();
  };

  private readonly onData = (bytes: Buffer): void => {
    if (this.awaits === 'answer') {
      this.early.push(bytes);
      this.socket.pause();
    } else if (this.awaits === 'body') {
      this.parts.push(bytes);
      this.partBytes += bytes.length;
      this.proceed();
    } else {
      this.begin(bytes);
    }
  };

  private begin(bytes: Buffer): void {
    const head = readHead(bytes, this.head);
    if (head !== this.head) this.respond = head && this.host.responder(head);
    this.head = head;
    if (head === null || this.respond === null || !this.host.open) return this.handOver([bytes]);
    this.since = performance.now();
    const end = head.bytes.length + head.bodyBytes;
    if (bytes.length === end) return this.complete(head, bytes);
    this.awaits = 'body';
    this.parts = [bytes];
    this.partBytes = bytes.length;
    this.proceed();
  }

  private proceed(): void {
    const head = this.head as PlainHead;
    const end = head.bytes.length + head.bodyBytes;
    if (this.partBytes < end) return;
    const bytes = this.parts.length === 1 ? (this.parts[0] as Buffer) : Buffer.concat(this.parts, this.partBytes);
    this.parts = [];
    if (bytes.length > end) {
      this.early.push(bytes.subarray(end));
      this.socket.pause();
    }
    this.complete(head, bytes.subarray(0, end));
  }

  private complete(head: PlainHead, bytes: Buffer): void {
    this.awaits = 'answer';
    const body = head.bodyBytes === 0 ? EMPTY : bytes.subarray(head.bytes.length);
    // Only requests that somebody answers are read to their end.
    (this.respond as Respond)(body, this.since, this);
  }

  private handOver(bytes: readonly Buffer[]): void {
    const {socket} = this;
    this.leave();
    socket.pause();
    socket.unshift(bytes.length === 1 ? (bytes[0] as Buffer) : Buffer.concat(bytes));
    this.host.handOver(socket);
  }

  private readonly onEnd = (): void => {
    if (this.awaits === 'body') this.host.brokeOff(this.socket);
    else this.socket.end();
  };

  private readonly onClose = (): void => {
    this.leave();
    this.onGone?.();
  };

  private leave(): void {
    const {socket} = this;
    socket.off('data', this.onData).off('end', this.onEnd).off('error', ignore).off('close', this.onClose);
    this.host.left(this);
  }
}

/** It is followed by `close`, and there is nobody to tell. */
function ignore(): void {}
