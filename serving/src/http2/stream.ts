import {ErrorCode, StreamError} from './errors.js';
import {Flag, Frame, HEAD_BYTES, encodeReset, encodeWindowUpdate, writeHead} from './frames/frames.js';
import type {FlowControl, FlowingStream} from './flow-control.js';
import type {Output} from './output.js';

/** What a stream's owner is told. */
export interface StreamListener {
  /** A part of the body, from `at` to `end` in bytes that are the owner's to keep. */
  data(bytes: Buffer, at: number, end: number): void;
  /** The peer has sent everything. */
  end(): void;
  /** There is room again after `write` said that there is none. */
  drain?(): void;
  /** It ended before both sides had said all: the peer has reset it, or the connection is gone. */
  aborted(): void;
}

/** A body that writes itself where it goes. */
export interface Body {
  readonly length: number;
  writeTo(into: Buffer, at: number): void;
}

/** Answered; ended by us while the peer may still be sending; or given up by the peer. */
export type Ending = 'answered' | 'early' | 'aborted';

/** What a stream needs of its connection. */
export interface StreamHost {
  readonly output: Output;
  readonly flow: FlowControl;
  /** Largest frame that the peer takes. */
  readonly peerFrameBytes: number;
  /** What a stream sends now is likely to be all that there is to send in this turn. */
  readonly alone: boolean;
  /** Takes what must go before a header block. */
  blockPrefix(): Buffer | null;
  closed(stream: Stream, how: Ending): void;
}

/** More than this is not queued by one who asks. */
const MOST_QUEUED = 64 * 1024;
/** Data that is copied beside its head, rather than written as a chunk of its own. */
const COPIED_BYTES = 16 * 1024;

/** One request and its answer (RFC 9113, section 5), the server's side of it. */
export class Stream implements FlowingStream {
  listener: StreamListener | null = null;
  /** Called when nothing of it is kept here any more: all was sent, or cannot be. */
  onLeft: (() => void) | null = null;
  /** The peer has sent everything. */
  remoteClosed = false;
  private localClosed = false;
  private gone = false;
  private queue: Uint8Array[] = [];
  private queued = 0;
  private trailers: Buffer | null = null;
  /** Body bytes received so far. */
  received = 0;

  constructor(
    readonly id: number,
    private readonly host: StreamHost,
    /** Bytes that the peer takes of this stream. */
    public sendWindow: number,
    /** Bytes that the peer may still send. */
    public receiveWindow: number,
    readonly contentLength: number | null,
  ) {}

  /** Nothing can be sent any more. */
  get over(): boolean {
    return this.gone || this.localClosed || this.trailers !== null;
  }

  /** @param last nothing more is to come @throws StreamError PROTOCOL_ERROR when content-length has said something else */
  checkReceived(last: boolean): void {
    const {received, contentLength} = this;
    if (contentLength === null || (last ? received === contentLength : received <= contentLength)) return;
    throw new StreamError(ErrorCode.PROTOCOL_ERROR, 'The body is not as long as content-length says');
  }

  /**
   * The whole answer as one chunk: header block, body, trailer block.
   * @returns false when it cannot be sent so now, and nothing was
   */
  answer(head: Buffer, body: Body, trailers: Buffer): boolean {
    const {host, id} = this;
    const {length} = body;
    const fits = length > 0 && length <= COPIED_BYTES && length <= host.peerFrameBytes;
    const open = length <= this.sendWindow && length <= host.flow.sendWindow && !host.output.blocked;
    if (!fits || !open || this.over) return false;
    const prefix = host.blockPrefix();
    if (prefix !== null) head = Buffer.concat([prefix, head]);
    const chunk = Buffer.allocUnsafe(3 * HEAD_BYTES + head.length + length + trailers.length);
    let at = writeHead(chunk, 0, head.length, Frame.HEADERS, Flag.END_HEADERS, id);
    chunk.set(head, at);
    at = writeHead(chunk, at + head.length, length, Frame.DATA, 0, id);
    body.writeTo(chunk, at);
    at = writeHead(chunk, at + length, trailers.length, Frame.HEADERS, Flag.END_HEADERS | Flag.END_STREAM, id);
    chunk.set(trailers, at);
    this.sendWindow -= length;
    host.flow.sendWindow -= length;
    if (host.alone) host.output.pushAlone(chunk);
    else host.output.push(chunk);
    this.closeLocal();
    return true;
  }

  /** @param block a header block; with `last` it is all there is to say */
  respond(block: Buffer, last = false): void {
    if (this.over) return;
    this.headers(block, last);
    if (last) this.closeLocal();
  }

  /** @returns whether more is welcome now; if not, `drain` tells when */
  write(data: Uint8Array): boolean {
    if (this.over) return true;
    this.queue.push(data);
    this.queued += data.length;
    this.send();
    return this.queued < MOST_QUEUED;
  }

  /** Ends the answer with a trailer block, after what was written. */
  end(trailers: Buffer): void {
    if (this.over) return;
    this.trailers = trailers;
    if (this.queued === 0) this.finish();
  }

  /** Gives it up; the listener is not told. */
  reset(code: ErrorCode): void {
    if (this.gone) return;
    this.host.output.push(encodeReset(this.id, code));
    this.leave('early');
  }

  /** The connection's word that it is over: the peer has reset it, or is gone. */
  abort(): void {
    if (this.gone) return;
    this.leave('aborted');
    this.listener?.aborted();
  }

  /** Lets the peer send `bytes` from now on, if it may not send so many already. */
  allow(bytes: number): void {
    const more = bytes - this.receiveWindow - this.host.flow.windowToCome;
    if (more <= 0 || this.gone || this.remoteClosed) return;
    this.receiveWindow += more;
    this.host.output.push(encodeWindowUpdate(this.id, more));
  }

  /** Sends what is queued, up to `most` bytes, as far as the windows and the socket allow. */
  send(most = Infinity): void {
    const {host} = this;
    let left = most;
    while (this.queued > 0 && !this.gone) {
      const room = Math.min(this.sendWindow, host.flow.sendWindow, host.peerFrameBytes);
      if (room <= 0 || left <= 0 || host.output.blocked) {
        host.flow.wait(this);
        return;
      }
      const first = this.queue[0] as Uint8Array;
      const part = first.length > room ? first.subarray(0, room) : first;
      if (part === first) this.queue.shift();
      else this.queue[0] = first.subarray(room);
      this.queued -= part.length;
      this.sendWindow -= part.length;
      host.flow.sendWindow -= part.length;
      left -= part.length;
      this.data(part);
    }
    if (this.gone) return;
    if (this.trailers !== null) this.finish();
    else this.listener?.drain?.();
  }

  private data(part: Uint8Array): void {
    const {output} = this.host;
    const copied = part.length <= COPIED_BYTES;
    const head = Buffer.allocUnsafe(HEAD_BYTES + (copied ? part.length : 0));
    const at = writeHead(head, 0, part.length, Frame.DATA, 0, this.id);
    if (copied) head.set(part, at);
    output.push(head);
    if (!copied) output.push(part);
  }

  private headers(block: Buffer, last: boolean): void {
    const {host, id} = this;
    const prefix = host.blockPrefix();
    const whole = prefix === null ? block : Buffer.concat([prefix, block]);
    const frame = Buffer.allocUnsafe(HEAD_BYTES + whole.length);
    const flags = Flag.END_HEADERS | (last ? Flag.END_STREAM : 0);
    frame.set(whole, writeHead(frame, 0, whole.length, Frame.HEADERS, flags, id));
    host.output.push(frame);
  }

  private finish(): void {
    const {trailers} = this;
    if (trailers === null || this.localClosed) return;
    this.headers(trailers, true);
    this.closeLocal();
  }

  private closeLocal(): void {
    this.localClosed = true;
    if (this.remoteClosed) return this.leave('answered');
    // The answer does not depend on what the peer has still to send (RFC 9113, 8.1).
    this.host.output.push(encodeReset(this.id, ErrorCode.NO_ERROR));
    this.leave('early');
  }

  private leave(how: Ending): void {
    this.gone = true;
    this.queue = [];
    this.queued = 0;
    this.onLeft?.();
    this.host.closed(this, how);
  }
}
