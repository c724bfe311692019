import {ConnectionError, ErrorCode, StreamError} from './errors.js';
import {encodeWindowUpdate} from './frames/frames.js';
import {DEFAULT_WINDOW, MAX_WINDOW} from './frames/settings.js';
import type {Output} from './output.js';

/** What flow control needs of a stream. */
export interface FlowingStream {
  /** Bytes that the peer takes of it. */
  sendWindow: number;
  /** Bytes that the peer may still send of it. */
  receiveWindow: number;
  /** Sends what is queued, up to `most` bytes, as far as windows and socket allow. */
  send(most?: number): void;
}

/** Data of all streams that may be on its way; it is taken at once, so this bounds only what a fast peer sends in a round trip. */
const CONNECTION_WINDOW = 16 * 1024 * 1024;
/** Data that one stream sends before the next has its turn. */
const TURN_BYTES = 64 * 1024;

/** How much may be on its way on a connection, in both directions, and whose turn it is to send (RFC 9113, 5.2 and 6.9). */
export class FlowControl {
  /** Bytes of data that the peer takes on the connection. */
  sendWindow = DEFAULT_WINDOW;
  /** By how much the windows of streams change once the peer knows our settings: it may not, when it sends. */
  windowToCome: number;
  private readonly waiting = new Set<FlowingStream>();
  private peerWindow = DEFAULT_WINDOW;
  /** Received and not yet given back to the connection's window. */
  private consumed = 0;
  private receiveWindow = CONNECTION_WINDOW;

  constructor(
    private readonly output: Output,
    /** What a peer may send of a stream before its owner has asked for more. */
    private readonly streamWindowBytes: number,
  ) {
    this.windowToCome = streamWindowBytes - DEFAULT_WINDOW;
  }

  /** The frame that opens the connection's window. */
  get opening(): Buffer {
    return encodeWindowUpdate(0, CONNECTION_WINDOW - DEFAULT_WINDOW);
  }

  /** Of a stream that begins now. */
  get windows(): {readonly send: number; readonly receive: number} {
    return {send: this.peerWindow, receive: this.streamWindowBytes - this.windowToCome};
  }

  /** It has data, and no window or socket to send it. */
  wait(stream: FlowingStream): void {
    this.waiting.add(stream);
  }

  /** It has nothing to send any more. */
  forget(stream: FlowingStream): void {
    this.waiting.delete(stream);
  }

  /** Data has come, whichever stream it is for. @throws ConnectionError when it is more than the peer was allowed */
  received(bytes: number): void {
    this.receiveWindow -= bytes;
    if (this.receiveWindow < 0) {
      throw new ConnectionError(ErrorCode.FLOW_CONTROL_ERROR, 'More data than the window of the connection');
    }
    this.consumed += bytes;
    if (this.consumed <= CONNECTION_WINDOW / 2) return;
    this.output.push(encodeWindowUpdate(0, this.consumed));
    this.receiveWindow += this.consumed;
    this.consumed = 0;
  }

  /** The same for its stream. @throws StreamError */
  receivedFor(stream: FlowingStream, bytes: number): void {
    stream.receiveWindow -= bytes;
    if (stream.receiveWindow < 0) {
      throw new StreamError(ErrorCode.FLOW_CONTROL_ERROR, 'More data than the window of the stream');
    }
  }

  /** The peer takes more on the connection. @throws ConnectionError when that is too much */
  opened(more: number): void {
    this.sendWindow += more;
    if (this.sendWindow > MAX_WINDOW) throw new ConnectionError(ErrorCode.FLOW_CONTROL_ERROR, TOO_LARGE);
    this.sendWaiting();
  }

  /** The peer takes more of a stream. @throws StreamError when that is too much */
  openedFor(stream: FlowingStream, more: number): void {
    stream.sendWindow += more;
    if (stream.sendWindow > MAX_WINDOW) throw new StreamError(ErrorCode.FLOW_CONTROL_ERROR, TOO_LARGE);
    if (this.waiting.delete(stream)) stream.send();
  }

  /** The peer has said how much it takes of each stream, of those too that there are. @throws ConnectionError */
  setPeerWindow(bytes: number, streams: Iterable<FlowingStream>): void {
    const more = bytes - this.peerWindow;
    this.peerWindow = bytes;
    for (const stream of streams) {
      stream.sendWindow += more;
      if (stream.sendWindow > MAX_WINDOW) throw new ConnectionError(ErrorCode.FLOW_CONTROL_ERROR, TOO_LARGE);
    }
  }

  /** From now on the peer keeps to our windows. */
  settingsTaken(streams: Iterable<FlowingStream>): void {
    for (const stream of streams) stream.receiveWindow += this.windowToCome;
    this.windowToCome = 0;
  }

  /** Gives each stream that waits a turn, until nothing more can be sent. */
  sendWaiting(): void {
    while (this.waiting.size > 0 && this.sendWindow > 0 && !this.output.blocked) {
      const before = this.sendWindow;
      for (const stream of [...this.waiting]) {
        this.waiting.delete(stream);
        stream.send(TURN_BYTES);
      }
      if (this.sendWindow === before) return;
    }
  }
}

const TOO_LARGE = 'A window that is too large';
