import {connect} from 'node:net';
import type {GrpcServer} from '../grpc/server.js';
import {OK_TRAILERS} from '../grpc/protocol/status.js';
import {PREFIX_BYTES, writePrefix} from '../grpc/protocol/message-reader.js';
import {Flag, Frame, PREFACE, encodeFrame} from '../http2/frames/frames.js';
import {FrameReader} from '../http2/frames/reader.js';
import {encodeHeaders} from '../http2/hpack/encoder.js';
import type {ModelManager} from '../lifecycle/manager.js';
import type {Metrics} from '../metrics/metrics.js';
import {MODEL, type Rehearsal} from './rehearse.js';
import {grpcRequests} from './requests.js';

const HEAD = [
  ...[':method', 'POST', ':scheme', 'http', ':path', '/tensorflow.serving.PredictionService/Predict'],
  ...[':authority', 'localhost', 'te', 'trailers', 'content-type', 'application/grpc'],
];
/** With a deadline and without one. */
const HEADS = [encodeHeaders(...HEAD), encodeHeaders(...HEAD, 'grpc-timeout', '10S')];
const NOTHING = Buffer.alloc(0);
/** The most that the server sends in one frame. */
const MAX_FRAME_BYTES = 16_384;

/** @param make a gRPC door that is closed still */
export function grpcRehearsal(make: (models: ModelManager, metrics: Metrics) => GrpcServer): Rehearsal {
  return {
    requests: grpcRequests(MODEL),
    async open(models, metrics) {
      const server = make(models, metrics);
      const port = await server.listen({host: 'localhost', port: 0}, null);
      let opened = 0;
      return {
        ask: next => ask(port, HEADS[opened++ % HEADS.length] as Buffer, next),
        close: () => server.close(),
      };
    },
  };
}

/**
 * @param head a header block
 * @param next the message of a unary call; null when it is to end
 * @throws when a call does not end well, or the connection ends
 */
function ask(port: number, head: Buffer, next: () => Buffer | null): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, 'localhost');
    let stream = -1;
    const goOn = (): void => {
      const message = next();
      stream += 2;
      if (message !== null) return void socket.write(call(stream, head, message));
      socket.destroy();
      resolve();
    };
    const reader = new FrameReader(MAX_FRAME_BYTES, (type, flags, id, bytes, at, end) => {
      if (type === Frame.SETTINGS && (flags & Flag.ACK) === 0) {
        socket.write(encodeFrame(Frame.SETTINGS, Flag.ACK, 0, NOTHING));
      }
      if (id !== stream || (type !== Frame.RST_STREAM && (flags & Flag.END_STREAM) === 0)) return;
      if (OK_TRAILERS.equals(bytes.subarray(at, end))) goOn();
      else socket.destroy(new Error(`a call ended with ${bytes.toString('latin1', at, end)}`));
    });
    socket.on('connect', () => {
      socket.write(Buffer.concat([PREFACE, encodeFrame(Frame.SETTINGS, 0, 0, NOTHING)]));
      goOn();
    });
    socket.on('data', (bytes: Buffer) => reader.push(bytes));
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('the connection was closed')));
  });
}

function call(stream: number, head: Buffer, message: Buffer): Buffer {
  const body = Buffer.alloc(PREFIX_BYTES + message.length);
  writePrefix(body, 0, message.length, false);
  body.set(message, PREFIX_BYTES);
  return Buffer.concat([
    encodeFrame(Frame.HEADERS, Flag.END_HEADERS, stream, head),
    encodeFrame(Frame.DATA, Flag.END_STREAM, stream, body),
  ]);
}
