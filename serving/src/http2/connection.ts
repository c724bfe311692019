import {ConnectionError, ErrorCode, StreamError} from './errors.js';
import {FloodGuard} from './flood-guard.js';
import {FlowControl} from './flow-control.js';
import {FrameReader} from './frames/reader.js';
import {Flag, Frame, MIN_MAX_FRAME_BYTES, PREFACE, encodeFrame, encodeGoAway, encodeReset} from './frames/frames.js';
import {HeaderBlocks, type ReceivedBlock} from './header-blocks.js';
import {NO_TABLE} from './hpack/encoder.js';
import {Output, type Transport} from './output.js';
import {checkLength, checkNoStream, checkPriority, incrementOf, protocolError, unpad} from './frames/payloads.js';
import {checkTrailers, type RequestHead} from './request-head.js';
import {DEFAULT_TABLE_BYTES, MAX_WINDOW, Setting, decodeSettings, encodeSettings} from './frames/settings.js';
import {StreamTable} from './stream-table.js';
import {Stream, type Ending, type StreamHost, type StreamListener} from './stream.js';

export interface ConnectionOptions {
  readonly maxConcurrentStreams: number;
  /** Of one request, counted as SETTINGS_MAX_HEADER_LIST_SIZE is. */
  readonly maxHeaderListBytes: number;
  /** What a peer may send of a stream before its owner has asked for more. */
  readonly streamWindowBytes: number;
  /** Told of what went wrong here and should not have: the connection is ended, the server goes on. */
  readonly onFault: (error: unknown) => void;
  /** Milliseconds that only go forward. */
  readonly now: () => number;
}

/** Takes a new stream; returns who is told of what comes. */
export type OnStream = (stream: Stream, head: RequestHead) => StreamListener;

const PING_BYTES = 8;
const SHUTDOWN_PING = Buffer.from('shutdown');
const KEEPALIVE_PING = Buffer.from('alive???');

/**
 * Larger frames are allowed by some peers (grpcio: 16 MB). One of them would be more at once than a connection that keeps
 * its measure has waiting.
 */
const MOST_FRAME_BYTES = 256 * 1024;

/** The server's side of an HTTP/2 connection (RFC 9113), between the bytes of a socket and those who answer streams. */
export class Connection implements StreamHost {
  readonly output: Output;
  readonly flow: FlowControl;
  peerFrameBytes = MIN_MAX_FRAME_BYTES;
  /** Called once no stream is open and none will be. */
  onIdleEnd: () => void = () => undefined;
  private readonly reader: FrameReader;
  private readonly blocks: HeaderBlocks;
  private readonly guard: FloodGuard;
  private readonly streams: StreamTable;
  private prefaceLeft = PREFACE.length;
  private settled = false;
  private receiving = false;
  private ended = false;
  private goingAway = false;
  private peerTableBytes = DEFAULT_TABLE_BYTES;
  private noTable = false;

  constructor(
    transport: Transport,
    private readonly onStream: OnStream,
    private readonly options: ConnectionOptions,
  ) {
    this.output = new Output(transport);
    this.flow = new FlowControl(this.output, options.streamWindowBytes);
    this.reader = new FrameReader(MIN_MAX_FRAME_BYTES, (type, flags, id, bytes, at, end) =>
      this.frame(type, flags, id, bytes, at, end),
    );
    this.blocks = new HeaderBlocks(options.maxHeaderListBytes);
    this.streams = new StreamTable(options.maxConcurrentStreams);
    this.guard = new FloodGuard(options.now);
  }

  get openStreams(): number {
    return this.streams.size;
  }

  get alone(): boolean {
    return this.streams.size === 1 && !this.receiving;
  }

  /** The peer has shown that it speaks HTTP/2. */
  get established(): boolean {
    return this.settled;
  }

  /** Bytes from the socket. Never throws: a peer that is wrong is told so, and left. */
  receive(bytes: Buffer): void {
    if (this.ended) return;
    try {
      this.receiving = true;
      const rest = this.prefaceLeft > 0 ? this.preface(bytes) : bytes;
      if (rest.length > 0) this.reader.push(rest);
      if (this.output.abused) throw new ConnectionError(ErrorCode.ENHANCE_YOUR_CALM, 'Nobody reads what is asked for');
    } catch (error) {
      if (error instanceof ConnectionError) return this.fail(error.code, error.message);
      this.fail(ErrorCode.INTERNAL_ERROR, 'The server failed');
      this.options.onFault(error);
    } finally {
      this.receiving = false;
    }
  }

  /** The socket can take more. */
  drained(): void {
    this.flow.sendWaiting();
  }

  /** The socket is gone. */
  gone(): void {
    this.ended = true;
    for (const stream of this.streams.all()) stream.abort();
  }

  /** Asks for a sign of life. */
  ping(): void {
    this.output.push(encodeFrame(Frame.PING, 0, 0, KEEPALIVE_PING));
  }

  /**
   * Ends it gracefully: streams that the peer opens before it knows are still taken, those that run are answered
   * (RFC 9113, 6.8). `onIdleEnd` tells when that is done.
   */
  shutdown(): void {
    if (this.ended || this.goingAway) return;
    this.goingAway = true;
    if (!this.settled) return this.leaveWhenIdle();
    this.output.push(encodeGoAway(MAX_WINDOW, ErrorCode.NO_ERROR, 'The server is closing'));
    this.output.push(encodeFrame(Frame.PING, 0, 0, SHUTDOWN_PING));
  }

  /** The second half of `shutdown`: what the peer opens from now on is not taken. */
  refuseNew(): void {
    if (this.ended || !this.goingAway || this.streams.refusing) return;
    this.streams.refuseNew();
    this.output.push(encodeGoAway(this.streams.lastTaken, ErrorCode.NO_ERROR, 'The server is closing'));
    this.leaveWhenIdle();
  }

  /** Ends it at once. */
  fail(code: ErrorCode, reason: string): void {
    if (this.ended) return;
    this.ended = true;
    this.output.push(encodeGoAway(this.streams.lastTaken, code, reason));
    this.output.end();
    for (const stream of this.streams.all()) stream.abort();
  }

  blockPrefix(): Buffer | null {
    if (!this.noTable) return null;
    this.noTable = false;
    return NO_TABLE;
  }

  closed(stream: Stream, how: Ending): void {
    this.streams.remove(stream);
    this.flow.forget(stream);
    if (how === 'early') this.streams.remember(stream.id);
    if (how === 'answered') this.guard.answered();
    this.leaveWhenIdle();
  }

  private leaveWhenIdle(): void {
    const over = this.streams.refusing || (this.goingAway && !this.settled);
    if (over && this.streams.size === 0) this.onIdleEnd();
  }

  private preface(bytes: Buffer): Buffer {
    const at = PREFACE.length - this.prefaceLeft;
    const length = Math.min(bytes.length, this.prefaceLeft);
    if (PREFACE.compare(bytes, 0, length, at, at + length) !== 0) {
      throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, 'This is no HTTP/2');
    }
    if (this.prefaceLeft === PREFACE.length) this.greet();
    this.prefaceLeft -= length;
    return bytes.subarray(length);
  }

  /** The server's own preface. It waits for the client's, so that one who speaks something else does not get it. */
  private greet(): void {
    const {options, output} = this;
    const settings = encodeSettings([
      [Setting.MAX_CONCURRENT_STREAMS, options.maxConcurrentStreams],
      [Setting.INITIAL_WINDOW_SIZE, options.streamWindowBytes],
      [Setting.MAX_HEADER_LIST_SIZE, options.maxHeaderListBytes],
    ]);
    output.push(encodeFrame(Frame.SETTINGS, 0, 0, settings));
    output.push(this.flow.opening);
  }

  private frame(type: number, flags: number, id: number, bytes: Buffer, at: number, end: number): void {
    if (this.ended) return;
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
    const stream = new Stream(id, this, send, receive, head.contentLength);
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
    for (const [setting, value] of decodeSettings(payload)) this.set(setting, value);
    this.output.push(encodeFrame(Frame.SETTINGS, Flag.ACK, 0, Buffer.alloc(0)));
    this.flow.sendWaiting();
  }

  private set(setting: number, value: number): void {
    if (setting === Setting.MAX_FRAME_SIZE) this.peerFrameBytes = Math.min(value, MOST_FRAME_BYTES);
    if (setting === Setting.HEADER_TABLE_SIZE) {
      // Once it is told that there is no table, no size is smaller than ours.
      if (value < this.peerTableBytes) {
        this.noTable = true;
        this.peerTableBytes = 0;
      }
    }
    if (setting === Setting.INITIAL_WINDOW_SIZE) this.flow.setPeerWindow(value, this.streams.all());
  }

  private pinged(flags: number, id: number, payload: Buffer): void {
    checkNoStream(id, 'PING');
    checkLength(payload, PING_BYTES, 'PING');
    if ((flags & Flag.ACK) === 0) {
      this.guard.idleFrame();
      this.output.push(encodeFrame(Frame.PING, Flag.ACK, 0, payload));
    } else if (payload.equals(SHUTDOWN_PING)) {
      this.refuseNew();
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
