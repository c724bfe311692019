import {ConnectionError, ErrorCode, StreamError} from './errors.js';
import {FloodGuard} from './flood-guard.js';
import {FrameReader} from './frame-reader.js';
import {
  Flag,
  Frame,
  MIN_MAX_FRAME_BYTES,
  PREFACE,
  encodeFrame,
  encodeGoAway,
  encodeReset,
  encodeWindowUpdate,
} from './frames.js';
import {HpackDecoder, type HeaderList} from './hpack/decoder.js';
import {NO_TABLE} from './hpack/encoder.js';
import {Output, type Transport} from './output.js';
import {checkTrailers, readRequestHead, type RequestHead} from './request-head.js';
import {DEFAULT_TABLE_BYTES, DEFAULT_WINDOW, MAX_WINDOW, Setting, decodeSettings, encodeSettings} from './settings.js';
import {Stream, type Ending, type StreamHost, type StreamListener} from './stream.js';

export interface ConnectionOptions {
  readonly maxConcurrentStreams: number;
  /** Of one request, counted as SETTINGS_MAX_HEADER_LIST_SIZE is. */
  readonly maxHeaderListBytes: number;
  /** What a peer may send of a stream before its owner has asked for more. */
  readonly streamWindowBytes: number;
  /** Milliseconds that only go forward. */
  readonly now: () => number;
}

/** Takes a new stream; returns who is told of what comes. */
export type OnStream = (stream: Stream, head: RequestHead) => StreamListener;

/** Data of all streams that may be on its way; it is taken at once, so this bounds only what a fast peer sends in a round trip. */
const CONNECTION_WINDOW = 16 * 1024 * 1024;
/** Frames that a header block may have (CVE-2024-27316); clients fill each before they begin the next. */
const MAX_CONTINUATIONS = 16;
/** Streams that we have ended while the peer may not know it: what it has sent meanwhile is no error. */
const REMEMBERED_STREAMS = 1000;
/** Data that one stream sends before the next has its turn. */
const TURN_BYTES = 64 * 1024;
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
  sendWindow = DEFAULT_WINDOW;
  peerFrameBytes = MIN_MAX_FRAME_BYTES;
  windowToCome: number;
  /** Called once no stream is open and none will be. */
  onIdleEnd: () => void = () => undefined;
  private readonly reader: FrameReader;
  private readonly decoder: HpackDecoder;
  private readonly guard: FloodGuard;
  private readonly streams = new Map<number, Stream>();
  private readonly endedByUs = new Set<number>();
  private readonly waiting = new Set<Stream>();
  private prefaceLeft = PREFACE.length;
  private settled = false;
  private ended = false;
  private goingAway = false;
  private lastStreamId = 0;
  private refusedFrom = MAX_WINDOW;
  private peerWindow = DEFAULT_WINDOW;
  private peerTableBytes = DEFAULT_TABLE_BYTES;
  private noTable = false;
  /** Received and not yet given back to the connection's window. */
  private consumed = 0;
  private receiveWindow = CONNECTION_WINDOW;
  private block: {streamId: number; flags: number; parts: Buffer[]; bytes: number} | null = null;
  private lastList: HeaderList | null = null;
  private lastHead: RequestHead | null = null;

  constructor(
    transport: Transport,
    private readonly onStream: OnStream,
    private readonly options: ConnectionOptions,
  ) {
    this.windowToCome = options.streamWindowBytes - DEFAULT_WINDOW;
    this.output = new Output(transport);
    this.reader = new FrameReader(MIN_MAX_FRAME_BYTES, (type, flags, id, payload) =>
      this.frame(type, flags, id, payload),
    );
    this.decoder = new HpackDecoder(DEFAULT_TABLE_BYTES, options.maxHeaderListBytes);
    this.guard = new FloodGuard(options.now);
  }

  get openStreams(): number {
    return this.streams.size;
  }

  /** The peer has shown that it speaks HTTP/2. */
  get established(): boolean {
    return this.settled;
  }

  /** Bytes from the socket. Never throws: a peer that is wrong is told so, and left. */
  receive(bytes: Buffer): void {
    if (this.ended) return;
    try {
      const rest = this.prefaceLeft > 0 ? this.preface(bytes) : bytes;
      if (rest.length > 0) this.reader.push(rest);
      if (this.output.abused) throw new ConnectionError(ErrorCode.ENHANCE_YOUR_CALM, 'Nobody reads what is asked for');
    } catch (error) {
      const {code, message} =
        error instanceof ConnectionError ? error : {code: ErrorCode.INTERNAL_ERROR, message: 'The server failed'};
      this.fail(code, message);
    }
  }

  /** The socket can take more. */
  drained(): void {
    this.sendWaiting();
  }

  /** The socket is gone. */
  gone(): void {
    this.ended = true;
    for (const stream of [...this.streams.values()]) stream.abort();
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
    if (this.ended || !this.goingAway || this.refusedFrom !== MAX_WINDOW) return;
    this.refusedFrom = this.lastStreamId;
    this.output.push(encodeGoAway(this.lastStreamId, ErrorCode.NO_ERROR, 'The server is closing'));
    this.leaveWhenIdle();
  }

  /** Ends it at once. */
  fail(code: ErrorCode, reason: string): void {
    if (this.ended) return;
    this.ended = true;
    this.output.push(encodeGoAway(Math.min(this.lastStreamId, this.refusedFrom), code, reason));
    this.output.end();
    for (const stream of [...this.streams.values()]) stream.abort();
  }

  blockPrefix(): Buffer | null {
    if (!this.noTable) return null;
    this.noTable = false;
    return NO_TABLE;
  }

  wait(stream: Stream): void {
    this.waiting.add(stream);
  }

  closed(stream: Stream, how: Ending): void {
    this.streams.delete(stream.id);
    this.waiting.delete(stream);
    if (how === 'early') this.remember(stream.id);
    if (how === 'answered') this.guard.answered();
    this.leaveWhenIdle();
  }

  private remember(id: number): void {
    this.endedByUs.add(id);
    if (this.endedByUs.size <= REMEMBERED_STREAMS) return;
    const [oldest = 0] = this.endedByUs;
    this.endedByUs.delete(oldest);
  }

  private leaveWhenIdle(): void {
    if (this.streams.size === 0 && (this.refusedFrom !== MAX_WINDOW || (this.goingAway && !this.settled))) {
      this.onIdleEnd();
    }
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
    output.push(encodeWindowUpdate(0, CONNECTION_WINDOW - DEFAULT_WINDOW));
  }

  private frame(type: number, flags: number, id: number, payload: Buffer): void {
    if (this.ended) return;
    if (!this.settled) {
      if (type !== Frame.SETTINGS || (flags & Flag.ACK) !== 0) throw protocol('The first frame is no SETTINGS');
      this.settled = true;
    }
    if (this.block !== null && (type !== Frame.CONTINUATION || id !== this.block.streamId)) {
      throw protocol('Another frame within a header block');
    }
    try {
      this.dispatch(type, flags, id, payload);
    } catch (error) {
      if (!(error instanceof StreamError)) throw error;
      this.resetStream(id, error.code);
    }
  }

  private dispatch(type: number, flags: number, id: number, payload: Buffer): void {
    switch (type) {
      case Frame.DATA:
        return this.data(flags, id, payload);
      case Frame.HEADERS:
        return this.headers(flags, id, payload);
      case Frame.PRIORITY:
        return this.priority(id, payload);
      case Frame.RST_STREAM:
        return this.rstStream(id, payload);
      case Frame.SETTINGS:
        return this.settings(flags, id, payload);
      case Frame.PUSH_PROMISE:
        throw protocol('A client cannot push');
      case Frame.PING:
        return this.pinged(flags, id, payload);
      case Frame.GOAWAY:
        return this.goAway(id, payload);
      case Frame.WINDOW_UPDATE:
        return this.windowUpdate(id, payload);
      case Frame.CONTINUATION:
        return this.continuation(flags, id, payload);
      default:
        this.guard.idleFrame();
    }
  }

  private data(flags: number, id: number, payload: Buffer): void {
    const stream = this.streamOf(id, 'DATA');
    this.receiveWindow -= payload.length;
    if (this.receiveWindow < 0) {
      throw new ConnectionError(ErrorCode.FLOW_CONTROL_ERROR, 'More data than the window of the connection');
    }
    this.consumed += payload.length;
    if (this.consumed > CONNECTION_WINDOW / 2) {
      this.output.push(encodeWindowUpdate(0, this.consumed));
      this.receiveWindow += this.consumed;
      this.consumed = 0;
    }
    const body = unpad(flags, payload);
    const last = (flags & Flag.END_STREAM) !== 0;
    if (body.length > 0) this.guard.usefulFrame();
    else if (!last) this.guard.idleFrame();
    if (stream === undefined || stream.remoteClosed) {
      if (this.endedByUs.has(id)) return;
      throw new StreamError(ErrorCode.STREAM_CLOSED, 'DATA after the end');
    }
    stream.receiveWindow -= payload.length;
    if (stream.receiveWindow < 0) {
      throw new StreamError(ErrorCode.FLOW_CONTROL_ERROR, 'More data than the window of the stream');
    }
    stream.received += body.length;
    if (
      stream.contentLength !== null &&
      (last ? stream.received !== stream.contentLength : stream.received > stream.contentLength)
    ) {
      throw new StreamError(ErrorCode.PROTOCOL_ERROR, 'The body is not as long as content-length says');
    }
    if (body.length > 0) stream.listener?.data(body);
    if (last) this.endOf(stream);
  }

  private endOf(stream: Stream): void {
    stream.remoteClosed = true;
    stream.listener?.end();
  }

  private headers(flags: number, id: number, payload: Buffer): void {
    if (id === 0) throw protocol('HEADERS of no stream');
    let block = unpad(flags, payload);
    if ((flags & Flag.PRIORITY) !== 0) {
      if (block.length < 5) throw new ConnectionError(ErrorCode.FRAME_SIZE_ERROR, 'HEADERS too short for a priority');
      if ((block.readUInt32BE(0) & 0x7fffffff) === id) throw protocol('A stream that depends on itself');
      block = block.subarray(5);
    }
    if ((flags & Flag.END_HEADERS) !== 0) return this.headerBlock(id, flags, block);
    this.block = {streamId: id, flags, parts: [block], bytes: block.length};
  }

  private continuation(flags: number, id: number, payload: Buffer): void {
    const {block} = this;
    if (block === null) throw protocol('CONTINUATION of nothing');
    block.parts.push(payload);
    block.bytes += payload.length;
    if (block.parts.length > MAX_CONTINUATIONS || block.bytes > this.options.maxHeaderListBytes * 2) {
      throw new ConnectionError(ErrorCode.ENHANCE_YOUR_CALM, 'A header block that does not end');
    }
    if ((flags & Flag.END_HEADERS) === 0) return;
    this.block = null;
    this.headerBlock(id, block.flags, Buffer.concat(block.parts, block.bytes));
  }

  private headerBlock(id: number, flags: number, block: Buffer): void {
    const list = this.decoder.decode(block);
    const last = (flags & Flag.END_STREAM) !== 0;
    const known = this.streams.get(id);
    if (known !== undefined) {
      if (known.remoteClosed) throw new StreamError(ErrorCode.STREAM_CLOSED, 'HEADERS after the end');
      if (!last) throw new StreamError(ErrorCode.PROTOCOL_ERROR, 'HEADERS in the middle');
      checkTrailers(list);
      if (known.contentLength !== null && known.received !== known.contentLength) {
        throw new StreamError(ErrorCode.PROTOCOL_ERROR, 'The body is not as long as content-length says');
      }
      return this.endOf(known);
    }
    if (id % 2 === 0) throw protocol("HEADERS of a stream that is not the client's");
    if (id <= this.lastStreamId) {
      if (this.endedByUs.has(id)) return;
      throw new ConnectionError(ErrorCode.STREAM_CLOSED, 'HEADERS of a stream that has ended');
    }
    this.lastStreamId = id;
    if (id > this.refusedFrom) throw new StreamError(ErrorCode.REFUSED_STREAM, 'The server is closing');
    if (this.streams.size >= this.options.maxConcurrentStreams) {
      throw new StreamError(ErrorCode.REFUSED_STREAM, 'Too many streams at once');
    }
    this.open(id, this.headOf(list), last);
  }

  private headOf(list: HeaderList): RequestHead {
    if (list !== this.lastList || this.lastHead === null) {
      this.lastHead = readRequestHead(list);
      this.lastList = list;
    }
    return this.lastHead;
  }

  private open(id: number, head: RequestHead, last: boolean): void {
    if (last && head.contentLength) throw new StreamError(ErrorCode.PROTOCOL_ERROR, 'A body that is not there');
    this.guard.usefulFrame();
    const stream = new Stream(
      id,
      this,
      this.peerWindow,
      this.options.streamWindowBytes - this.windowToCome,
      head.contentLength,
    );
    this.streams.set(id, stream);
    stream.remoteClosed = last;
    stream.listener = this.onStream(stream, head);
    if (last) stream.listener.end();
  }

  private priority(id: number, payload: Buffer): void {
    if (id === 0) throw protocol('PRIORITY of no stream');
    this.guard.idleFrame();
    if (payload.length !== 5) throw new StreamError(ErrorCode.FRAME_SIZE_ERROR, 'PRIORITY has five bytes');
    if ((payload.readUInt32BE(0) & 0x7fffffff) === id) {
      throw new StreamError(ErrorCode.PROTOCOL_ERROR, 'A stream that depends on itself');
    }
  }

  private rstStream(id: number, payload: Buffer): void {
    if (payload.length !== 4) throw new ConnectionError(ErrorCode.FRAME_SIZE_ERROR, 'RST_STREAM has four bytes');
    const stream = this.streamOf(id, 'RST_STREAM');
    if (stream === undefined) return this.guard.idleFrame();
    this.guard.reset();
    stream.abort();
  }

  private settings(flags: number, id: number, payload: Buffer): void {
    if (id !== 0) throw protocol('SETTINGS of a stream');
    if ((flags & Flag.ACK) !== 0) {
      if (payload.length > 0) throw new ConnectionError(ErrorCode.FRAME_SIZE_ERROR, 'An acknowledgement with settings');
      return this.settingsTaken();
    }
    this.guard.idleFrame();
    for (const [setting, value] of decodeSettings(payload)) this.set(setting, value);
    this.output.push(encodeFrame(Frame.SETTINGS, Flag.ACK, 0, Buffer.alloc(0)));
    this.sendWaiting();
  }

  /** From now on the peer keeps to our windows. */
  private settingsTaken(): void {
    for (const stream of this.streams.values()) stream.receiveWindow += this.windowToCome;
    this.windowToCome = 0;
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
    if (setting === Setting.INITIAL_WINDOW_SIZE) {
      const more = value - this.peerWindow;
      this.peerWindow = value;
      for (const stream of this.streams.values()) {
        stream.sendWindow += more;
        if (stream.sendWindow > MAX_WINDOW) throw new ConnectionError(ErrorCode.FLOW_CONTROL_ERROR, WINDOW_TOO_LARGE);
      }
    }
  }

  private pinged(flags: number, id: number, payload: Buffer): void {
    if (id !== 0) throw protocol('PING of a stream');
    if (payload.length !== PING_BYTES) throw new ConnectionError(ErrorCode.FRAME_SIZE_ERROR, 'PING has eight bytes');
    if ((flags & Flag.ACK) === 0) {
      this.guard.idleFrame();
      this.output.push(encodeFrame(Frame.PING, Flag.ACK, 0, payload));
    } else if (payload.equals(SHUTDOWN_PING)) {
      this.refuseNew();
    }
  }

  private goAway(id: number, payload: Buffer): void {
    if (id !== 0) throw protocol('GOAWAY of a stream');
    if (payload.length < 8) throw new ConnectionError(ErrorCode.FRAME_SIZE_ERROR, 'GOAWAY has eight bytes');
    this.guard.idleFrame();
    // The peer opens no more streams; it closes the connection once it has its answers.
  }

  private windowUpdate(id: number, payload: Buffer): void {
    if (payload.length !== 4) throw new ConnectionError(ErrorCode.FRAME_SIZE_ERROR, 'WINDOW_UPDATE has four bytes');
    const more = payload.readUInt32BE(0) & 0x7fffffff;
    if (id === 0) {
      if (more === 0) throw protocol('A window that grows by nothing');
      this.sendWindow += more;
      if (this.sendWindow > MAX_WINDOW) throw new ConnectionError(ErrorCode.FLOW_CONTROL_ERROR, WINDOW_TOO_LARGE);
      return this.sendWaiting();
    }
    const stream = this.streamOf(id, 'WINDOW_UPDATE');
    if (more === 0) throw new StreamError(ErrorCode.PROTOCOL_ERROR, 'A window that grows by nothing');
    if (stream === undefined) return this.guard.idleFrame();
    stream.sendWindow += more;
    if (stream.sendWindow > MAX_WINDOW) throw new StreamError(ErrorCode.FLOW_CONTROL_ERROR, WINDOW_TOO_LARGE);
    if (this.waiting.delete(stream)) stream.send();
  }

  /** Undefined for one that has ended. @throws ConnectionError for one that was never opened */
  private streamOf(id: number, frame: string): Stream | undefined {
    const stream = this.streams.get(id);
    if (stream === undefined && (id === 0 || id % 2 === 0 || id > this.lastStreamId)) {
      throw protocol(`${frame} of a stream that is not open`);
    }
    return stream;
  }

  private resetStream(id: number, code: ErrorCode): void {
    const stream = this.streams.get(id);
    if (stream === undefined) {
      this.guard.reset();
      this.output.push(encodeReset(id, code));
      return this.remember(id);
    }
    this.guard.reset();
    stream.reset(code);
    stream.listener?.aborted();
  }

  /** Gives each stream that waits a turn, until nothing more can be sent. */
  private sendWaiting(): void {
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

const WINDOW_TOO_LARGE = 'A window that is too large';

function protocol(what: string): ConnectionError {
  return new ConnectionError(ErrorCode.PROTOCOL_ERROR, what);
}

function unpad(flags: number, payload: Buffer): Buffer {
  if ((flags & Flag.PADDED) === 0) return payload;
  const padding = payload[0];
  if (padding === undefined) throw new ConnectionError(ErrorCode.FRAME_SIZE_ERROR, 'A frame too short for its padding');
  if (padding >= payload.length) throw protocol('Padding that is longer than its frame');
  return payload.subarray(1, payload.length - padding);
}
