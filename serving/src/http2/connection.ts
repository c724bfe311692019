import {ConnectionError, ErrorCode} from './errors.js';
import {FlowControl} from './flow-control.js';
import {Frame, MIN_MAX_FRAME_BYTES, PREFACE, encodeFrame, encodeGoAway} from './frames/frames.js';
import {FrameReader} from './frames/reader.js';
import {MAX_WINDOW, Setting, encodeSettings} from './frames/settings.js';
import {Incoming, SHUTDOWN_PING, type IncomingOptions, type OnStream} from './incoming.js';
import {Output, type Transport} from './output.js';
import {PeerSettings} from './peer-settings.js';
import {StreamTable} from './stream-table.js';
import type {Ending, Stream, StreamHost} from './stream.js';

export interface ConnectionOptions extends IncomingOptions {
  readonly maxConcurrentStreams: number;
  /** What a peer may send of a stream before its owner has asked for more. */
  readonly streamWindowBytes: number;
  /** Told of what went wrong here and should not have: the connection is ended, the server goes on. */
  readonly onFault: (error: unknown) => void;
}

const KEEPALIVE_PING = Buffer.from('alive???');

/** The server's side of an HTTP/2 connection (RFC 9113), between the bytes of a socket and those who answer streams. */
export class Connection implements StreamHost {
  readonly output: Output;
  readonly flow: FlowControl;
  /** Called once no stream is open and none will be. */
  onIdleEnd: () => void = () => undefined;
  private readonly reader: FrameReader;
  private readonly incoming: Incoming;
  private readonly peer: PeerSettings;
  private readonly streams: StreamTable;
  private prefaceLeft = PREFACE.length;
  private receiving = false;
  private ended = false;
  private goingAway = false;

  constructor(
    transport: Transport,
    onStream: OnStream,
    private readonly options: ConnectionOptions,
  ) {
    this.output = new Output(transport);
    this.flow = new FlowControl(this.output, options.streamWindowBytes);
    this.peer = new PeerSettings(this.flow);
    this.streams = new StreamTable(options.maxConcurrentStreams);
    const incoming = new Incoming(this, this.streams, this.peer, onStream, () => this.refuseNew(), options);
    this.incoming = incoming;
    this.reader = new FrameReader(MIN_MAX_FRAME_BYTES, (type, flags, id, bytes, at, end) => {
      if (!this.ended) incoming.frame(type, flags, id, bytes, at, end);
    });
  }

  get openStreams(): number {
    return this.streams.size;
  }

  get alone(): boolean {
    return this.streams.size === 1 && !this.receiving;
  }

  /** The peer has shown that it speaks HTTP/2. */
  get established(): boolean {
    return this.incoming.settled;
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
    if (!this.incoming.settled) return this.leaveWhenIdle();
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

  get peerFrameBytes(): number {
    return this.peer.frameBytes;
  }

  blockPrefix(): Buffer | null {
    return this.peer.takePrefix();
  }

  closed(stream: Stream, how: Ending): void {
    this.streams.remove(stream);
    this.flow.forget(stream);
    if (how === 'early') this.streams.remember(stream.id);
    if (how === 'answered') this.incoming.guard.answered();
    this.leaveWhenIdle();
  }

  private leaveWhenIdle(): void {
    const over = this.streams.refusing || (this.goingAway && !this.incoming.settled);
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
}
