import {connect, type Socket} from 'node:net';
import {ErrorCode} from './errors.js';
import {FrameReader} from './frames/reader.js';
import {Frame, PREFACE, encodeFrame} from './frames/frames.js';
import {encodeHeaders} from './hpack/encoder.js';
import {Http2Server, type Http2Options} from './server.js';
import type {OnStream} from './incoming.js';

/** A server for tests, and a client that may send whatever it likes. */

export const OPTIONS: Http2Options = {
  maxConcurrentStreams: 100,
  maxHeaderListBytes: 16_384,
  streamWindowBytes: 65_535,
  handshakeMs: 20_000,
  maxIdleMs: Infinity,
  maxAgeMs: Infinity,
  maxAgeGraceMs: Infinity,
  keepaliveMs: Infinity,
  keepaliveTimeoutMs: 1000,
  onFault: error => {
    throw error;
  },
  now: () => performance.now(),
};

const OK = encodeHeaders(':status', '200');
const TRAILERS = encodeHeaders('told', 'all');

/** Answers a stream with what came on it, as it comes. */
export const echo: OnStream = stream => {
  stream.respond(OK);
  return {
    data(bytes, at, end) {
      if (stream.write(bytes.subarray(at, end))) stream.allow(OPTIONS.streamWindowBytes);
    },
    drain: () => stream.allow(OPTIONS.streamWindowBytes),
    end: () => stream.end(TRAILERS),
    aborted: () => undefined,
  };
};

/** Opens a server on any free port. */
export async function serveStreams(
  onStream: OnStream,
  options: Partial<Http2Options> = {},
): Promise<[Http2Server, number]> {
  const server = new Http2Server({...OPTIONS, ...options}, () => onStream);
  return [server, await server.listen({host: '127.0.0.1', port: 0}, null)];
}

export const REQUEST = encodeHeaders(':method', 'POST', ':scheme', 'http', ':path', '/echo');

export interface ReceivedFrame {
  readonly type: number;
  readonly flags: number;
  readonly id: number;
  readonly payload: Buffer;
}

/** A connection whose frames are made by hand. */
export class RawClient {
  readonly frames: ReceivedFrame[] = [];
  /** The bytes as they came. */
  text = '';
  readonly closed: Promise<void>;
  private readonly socket: Socket;
  private wake: () => void = () => undefined;

  constructor(port: number, greet = true) {
    this.socket = connect({port, host: '127.0.0.1', noDelay: true});
    const reader = new FrameReader(2 ** 24, (type, flags, id, bytes, at, end) => {
      this.frames.push({type, flags, id, payload: bytes.subarray(at, end)});
      this.wake();
    });
    this.socket.on('data', bytes => {
      this.text += bytes.toString('latin1');
      if (greet) reader.push(bytes);
    });
    // What is written after the server has closed fails; the tests look at what it said.
    this.socket.on('error', () => undefined);
    this.closed = new Promise(resolve => {
      this.socket.on('close', () => {
        resolve();
        this.wake();
      });
    });
    if (greet) this.send(PREFACE, encodeFrame(Frame.SETTINGS, 0, 0, Buffer.alloc(0)));
  }

  send(...bytes: Uint8Array[]): void {
    this.socket.write(Buffer.concat(bytes));
  }

  /** Stops reading, so that what the server sends stays with it. */
  deafen(): void {
    this.socket.pause();
  }

  listen(): void {
    this.socket.resume();
  }

  /** Waits for a frame. @throws when the connection closes without it */
  async frame(type: number, wanted: (frame: ReceivedFrame) => boolean = () => true): Promise<ReceivedFrame> {
    for (;;) {
      const found = this.frames.find(frame => frame.type === type && wanted(frame));
      if (found !== undefined) return found;
      if (this.socket.closed) throw new Error(`closed without a frame ${type}`);
      await new Promise<void>(resolve => (this.wake = resolve));
    }
  }

  /** The code of the GOAWAY that the server ends the connection with. */
  async refused(): Promise<string> {
    const {payload} = await this.frame(Frame.GOAWAY, ({payload}) => payload.readUInt32BE(4) !== ErrorCode.NO_ERROR);
    await this.closed;
    return nameOf(payload.readUInt32BE(4));
  }

  /** The code of the RST_STREAM of a stream. */
  async reset(id: number): Promise<string> {
    return nameOf((await this.frame(Frame.RST_STREAM, frame => frame.id === id)).payload.readUInt32BE(0));
  }

  close(): void {
    this.socket.destroy();
  }
}

function nameOf(code: number): string {
  return Object.entries(ErrorCode).find(([, value]) => value === code)?.[0] ?? String(code);
}
