import {ConnectionError, ErrorCode, StreamError} from './errors.js';
import {FloodGuard} from './flood-guard.js';
import type {FlowControl} from './flow-control.js';
import {Flag, Frame, encodeFrame, encodeReset} from './frames/frames.js';
import {checkLength, checkNoStream, checkPriority, incrementOf, protocolError, unpad} from './frames/payloads.js';
import {decodeSettings} from './frames/settings.js';
import {HeaderBlocks, type ReceivedBlock} from './header-blocks.js';
import type {Output} from './output.js';
import type {PeerSettings} from './peer-settings.js';
import {checkTrailers, type RequestHead} from './request-head.js';
import type {StreamTable} from './stream-table.js';
import {Stream, type StreamHost, type StreamListener} from './stream.js';

export interface IncomingOptions {
  /** Of one request, counted as SETTINGS_MAX_HEADER_LIST_SIZE is. */
  readonly maxHeaderListBytes: number;
  /** Milliseconds that only go forward. */
  readonly now: () => number;
}

/** Takes a new stream; returns who is told of what comes. */
export type OnStream = (stream: Stream, head: RequestHead) => StreamListener;

const PING_BYTES = 8;
/** Its answer shows that the peer knows of our GOAWAY. */
export const SHUTDOWN_PING = Buffer.from('shutdown');

/** What a connection's frames mean, one after the other (RFC 9113, sections 5 and 6). */
export class Incoming {
  /** The peer has sent its settings, and so has shown that it speaks HTTP/2. */
  settled = false;
  readonly guard: FloodGuard;
  private readonly blocks: HeaderBlocks;
  private readonly output: Output;
  private readonly flow: FlowControl;

  constructor(
    private readonly host: StreamHost,
    private readonly streams: StreamTable,
    private readonly peer: PeerSettings,
    private readonly onStream: OnStream,
    private readonly onShutdownSeen: () => void,
    options: IncomingOptions,
  ) {
    this.output = host.output;
    this.flow = host.flow;
    this.guard = new FloodGuard(options.now);
    this.blocks = new HeaderBlocks(options.maxHeaderListBytes);
  }

  /** A frame whose payload lies from `at` to `end`. @throws ConnectionError */
  frame(type: number, flags: number, id: number, bytes: Buffer, at: number, end: number): void {
    if (!this.settled) {
      if (type !== Frame.SETTINGS || (flags & Flag.ACK) !== 0) throw protocolError('The first frame is no SETTINGS');
      this.settled = true;
    }
    this.blocks.checkOrder(type, id);
    try {
      if (type === Frame.DATA) this.data(flags, id, bytes, at, end);
      else if (type === Frame.HEADERS) this.headers(id, this.blocks.begin(id, flags, bytes, at, end));
      else this.dispatch(type, flags, id, bytes.subarray(at, end));
    } catch (error) {
      if (!(error instanceof StreamError)) throw error;
      this.resetStream(id, error.code);
    }
  }

  /** Frames that do not come with every request. */
  private dispatch(type: number, flags: number, id: number, payload: Buffer): void {
    switch (type) {
      case Frame.PRIORITY:
        this.guard.idleFrame();
        return checkPriority(id, payload);
      case Frame.RST_STREAM:
        return this.rstStream(id, payload);
      case Frame.SETTINGS:
        return this.settings(flags, id, payload);
      case Frame.PUSH_PROMISE:
        throw protocolError('A client cannot push');
      case Frame.PING:
        return this.pinged(flags, id, payload);
      case Frame.GOAWAY:
        return this.goAway(id, payload);
      case Frame.WINDOW_UPDATE:
        return this.windowUpdate(id, payload);
      case Frame.CONTINUATION:
        return this.headers(id, this.blocks.goOn(flags, payload));
      default:
        this.guard.idleFrame();
    }
  }

  private data(flags: number, id: number, bytes: Buffer, at: number, end: number): void {
    const stream = this.streams.known(id, 'DATA');
    this.flow.received(end - at);
    let [from, to] = [at, end];
    if ((flags & Flag.PADDED) !== 0) [from, to] = unpad(bytes, at, end);
    const last = (flags & Flag.END_STREAM) !== 0;
    if (to > from) this.guard.usefulFrame();
    else if (!last) this.guard.idleFrame();
    if (stream === undefined || stream.remoteClosed) {
      if (this.streams.endedEarly(id)) return;
      throw new StreamError(ErrorCode.STREAM_CLOSED, 'DATA after the end');
    }
    this.flow.receivedFor(stream, end - at);
    stream.received += to - from;
    stream.checkReceived(last);
    if (to > from) stream.listener?.data(bytes, from, to);
    if (last) this.endOf(stream);
  }

  private endOf(stream: Stream): void {
    stream.remoteClosed = true;
    stream.listener?.end();
  }

  private headers(id: number, block: ReceivedBlock | null): void {
    if (block === null) return;
    const stream = this.streams.get(id);
    if (stream !== undefined) return this.trailers(stream, block);
    if (this.streams.endedEarly(id)) return;
    this.streams.admit(id);
    this.open(id, this.blocks.headOf(block.list), block.last);
  }

  private trailers(stream: Stream, {list, last}: ReceivedBlock): void {
    if (stream.remoteClosed) throw new StreamError(ErrorCode.STREAM_CLOSED, 'HEADERS after the end');
    if (!last) throw new StreamError(ErrorCode.PROTOCOL_ERROR, 'HEADERS in the middle');
    checkTrailers(list);
    stream.checkReceived(true);
    this.endOf(stream);
  }

  private open(id: number, head: RequestHead, last: boolean): void {
    if (last && head.contentLength) throw new StreamError(ErrorCode.PROTOCOL_ERROR, 'A body that is not there');
    this.guard.usefulFrame();
    const {send, receive} = this.flow.windows;
    const stream = new Stream(id, this.host, send, receive, head.contentLength);
    this.streams.add(stream);
    stream.remoteClosed = last;
    stream.listener = this.onStream(stream, head);
    if (last) stream.listener.end();
  }

  private rstStream(id: number, payload: Buffer): void {
    checkLength(payload, 4, 'RST_STREAM');
    const stream = this.streams.known(id, 'RST_STREAM');
    if (stream === undefined) return this.guard.idleFrame();
    this.guard.reset();
    stream.abort();
  }

  private settings(flags: number, id: number, payload: Buffer): void {
    checkNoStream(id, 'SETTINGS');
    if ((flags & Flag.ACK) !== 0) {
      checkLength(payload, 0, 'An acknowledgement of settings');
      return this.flow.settingsTaken(this.streams.all());
    }
    this.guard.idleFrame();
    for (const [setting, value] of decodeSettings(payload)) this.peer.set(setting, value, this.streams);
    this.output.push(encodeFrame(Frame.SETTINGS, Flag.ACK, 0, Buffer.alloc(0)));
    this.flow.sendWaiting();
  }

  private pinged(flags: number, id: number, payload: Buffer): void {
    checkNoStream(id, 'PING');
    checkLength(payload, PING_BYTES, 'PING');
    if ((flags & Flag.ACK) === 0) {
      this.guard.idleFrame();
      this.output.push(encodeFrame(Frame.PING, Flag.ACK, 0, payload));
    } else if (payload.equals(SHUTDOWN_PING)) {
      this.onShutdownSeen();
    }
  }

  private goAway(id: number, payload: Buffer): void {
    checkNoStream(id, 'GOAWAY');
    if (payload.length < 8) throw new ConnectionError(ErrorCode.FRAME_SIZE_ERROR, 'GOAWAY too short');
    this.guard.idleFrame();
    // The peer opens no more streams; it closes the connection once it has its answers.
  }

  private windowUpdate(id: number, payload: Buffer): void {
    const stream = id === 0 ? undefined : this.streams.known(id, 'WINDOW_UPDATE');
    const more = incrementOf(id, payload);
    if (id === 0) this.flow.opened(more);
    else if (stream === undefined) this.guard.idleFrame();
    else this.flow.openedFor(stream, more);
  }

  private resetStream(id: number, code: ErrorCode): void {
    const stream = this.streams.get(id);
    this.guard.reset();
    if (stream === undefined) {
      this.output.push(encodeReset(id, code));
      return this.streams.remember(id);
    }
    stream.reset(code);
    stream.listener?.aborted();
  }
}
