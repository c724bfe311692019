import {connect as connectHttp2, constants, type ClientHttp2Session} from 'node:http2';
import {connect, type Socket} from 'node:net';
import {Random} from './random.js';

/** Clients that are slow, stop in the middle, or say nothing at all: the server must answer others meanwhile. */

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const PREDICT = '/tensorflow.serving.PredictionService/Predict';
const DRIP_MS = 100;

/** Opens `count` connections of each kind to both doors. They stay until the function that is returned closes them. */
export function badConnections(restAddress: string, grpcAddress: string, count: number, seed: number): () => void {
  const random = new Random(seed);
  const sockets = [restAddress, grpcAddress].flatMap(address =>
    Array.from({length: count}, () => halfOpen(address, random)),
  );
  const slow = Array.from({length: count}, (_, i) => dripping(i % 2 === 0 ? restAddress : grpcAddress, random));
  const sessions = Array.from({length: Math.ceil(count / 10)}, () => halfStreams(grpcAddress, 10, random));
  return () => {
    slow.forEach(stop => stop());
    sockets.forEach(socket => socket.destroy());
    sessions.forEach(session => session.destroy());
  };
}

function open(address: string): Socket {
  const [host = '', port = ''] = address.split(/:(?=\d+$)/);
  // The server may cut it at any time: that is its right.
  return connect(Number(port), host).on('error', () => undefined);
}

/** Sends rubbish, or the beginning of something right, and then nothing. */
function halfOpen(address: string, random: Random): Socket {
  const socket = open(address);
  socket.write(
    random.pick([
      Buffer.alloc(0),
      random.bytes(100),
      PREFACE,
      Buffer.concat([PREFACE, random.bytes(60)]),
      Buffer.from('POST /v1/models/mixed:predict HTTP/1.1\r\nhost: a\r\ncontent-length: 1000000\r\n\r\n{"inst'),
      Buffer.from('GET /v1/models HTTP/1.1\r\nhost: '),
    ]),
  );
  if (random.below(3) === 0) socket.end();
  return socket;
}

/** Sends a byte now and then. @returns a function that ends it */
function dripping(address: string, random: Random): () => void {
  const socket = open(address);
  const text = Buffer.from('POST /v1/models/mixed:predict HTTP/1.1\r\nhost: a\r\ncontent-length: 1000000\r\n\r\n');
  const bytes = random.pick([text, Buffer.concat([PREFACE, random.bytes(200)])]);
  let at = 0;
  const timer = setInterval(() => void socket.write(bytes.subarray(at, ++at)), DRIP_MS);
  socket.on('close', () => clearInterval(timer));
  return () => socket.destroy();
}

/** Calls that announce a message and do not send all of it: left open, taken back, or cut off with their connection. */
function halfStreams(address: string, count: number, random: Random): ClientHttp2Session {
  const session = connectHttp2(`http://${address}`).on('error', () => undefined);
  for (let i = 0; i < count; i++) {
    const call = session.request({
      ':method': 'POST',
      ':path': PREDICT,
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    call.on('error', () => undefined).resume();
    const length = Buffer.alloc(5);
    length.writeUInt32BE(random.pick([0, 1, 100, 2 ** 20, 2 ** 31, 2 ** 32 - 1]), 1);
    call.write(Buffer.concat([length, random.bytes(random.below(200))]));
    const ending = random.below(4);
    if (ending === 0) call.close(random.pick([constants.NGHTTP2_CANCEL, constants.NGHTTP2_INTERNAL_ERROR]));
    if (ending === 1) call.end();
  }
  return session;
}
