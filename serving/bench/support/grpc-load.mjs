// Load for a gRPC server that costs the client next to nothing: unary calls whose frames are made once, over plain sockets.
// A process of its own: `node grpc-load.mjs HOST:PORT PATH BODY_FILE CONNECTIONS STREAMS SECONDS` keeps so many calls on each
// connection under way, and prints {requests, failed, p50, p99}, times in ms.
import {readFileSync} from 'node:fs';
import {connect} from 'node:net';
import {fileURLToPath} from 'node:url';
import {HpackDecoder} from '../../lib/http2/hpack/decoder.js';
import {encodeHeaders} from '../../lib/http2/hpack/encoder.js';
import {FrameReader} from '../../lib/http2/frames/reader.js';
import {encodeFrame, encodeUint32, encodeWindowUpdate, Flag, Frame, PREFACE} from '../../lib/http2/frames/frames.js';
import {encodeSettings, MAX_WINDOW, Setting} from '../../lib/http2/frames/settings.js';
import {Http2Server} from '../../lib/http2/server.js';

const MAX_BODY = 16_384 - 5;
const REFILL = 2 ** 30;
/** Trailer blocks, and whether they say that a call went well: they are few, so each is read once. */
const seen = new Map();

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [address, path, file, connections, streams, seconds] = process.argv.slice(2);
  const load = {
    address,
    path,
    body: readFileSync(file),
    connections: +connections,
    streams: +streams,
    seconds: +seconds,
  };
  await practise(load);
  console.log(JSON.stringify(await run(load)));
}

/** This process's own first calls are slow: they go to a server of its own. */
async function practise(load) {
  const limits = {maxConcurrentStreams: 100, maxHeaderListBytes: 16_384, streamWindowBytes: 65_535, handshakeMs: 1000};
  const never = {maxIdleMs: Infinity, maxAgeMs: Infinity, maxAgeGraceMs: Infinity, keepaliveMs: Infinity};
  const options = {...limits, ...never, keepaliveTimeoutMs: 1000, now: () => performance.now(), onFault: console.error};
  const answer = [encodeHeaders(':status', '200'), Buffer.alloc(100), encodeHeaders('grpc-status', '0')];
  const server = new Http2Server(options, () => stream => ({
    data() {},
    end() {
      stream.respond(answer[0]);
      stream.write(answer[1]);
      stream.end(answer[2]);
    },
    aborted() {},
  }));
  const port = await server.listen({host: '127.0.0.1', port: 0}, null);
  await run({...load, address: `127.0.0.1:${port}`, connections: 4, seconds: 0.7});
  await server.close();
}

async function run({address, path, body, connections, streams, seconds}) {
  if (body.length > MAX_BODY) throw new Error(`a body of ${body.length} bytes; ${MAX_BODY} go into one frame`);
  const [host, port] = address.split(':');
  const head = encodeHeaders(
    ...[':method', 'POST', ':scheme', 'http', ':path', path, ':authority', address],
    ...['content-type', 'application/grpc', 'te', 'trailers'],
  );
  const prefix = Buffer.concat([Buffer.of(0), encodeUint32(body.length)]);
  // The ids of the stream are the only bytes that differ from call to call.
  const call = Buffer.concat([
    encodeFrame(Frame.HEADERS, Flag.END_HEADERS, 0, head),
    encodeFrame(Frame.DATA, Flag.END_STREAM, 0, Buffer.concat([prefix, body])),
  ]);
  const ids = [5, 9 + head.length + 5];
  const times = [];
  let failed = 0;
  const end = performance.now() + seconds * 1000;
  const connection = () =>
    new Promise((resolve, reject) => {
      const socket = connect({port: Number(port), host, noDelay: true});
      const started = new Map();
      let next = 1;
      let toSend = [];
      let received = 0;
      const begin = () => {
        const frames = Buffer.from(call);
        for (const at of ids) frames.writeUInt32BE(next, at);
        started.set(next, performance.now());
        next += 2;
        toSend.push(frames);
      };
      const reader = new FrameReader(16_384, (type, flags, id, bytes, from, to) => {
        const payload = bytes.subarray(from, to);
        if (type === Frame.DATA) received += payload.length;
        if (type === Frame.SETTINGS && !(flags & Flag.ACK)) {
          toSend.push(encodeFrame(Frame.SETTINGS, Flag.ACK, 0, Buffer.alloc(0)));
        }
        if (type === Frame.GOAWAY) reject(new Error(`the server has said: ${payload.toString('utf8', 8)}`));
        const last = type === Frame.RST_STREAM || (flags & Flag.END_STREAM && type <= Frame.HEADERS);
        if (!last || !started.has(id)) return;
        const now = performance.now();
        times.push(now - started.get(id));
        started.delete(id);
        if (type !== Frame.HEADERS || !isOk(payload)) failed++;
        if (now < end) begin();
        else if (started.size === 0) resolve(socket.destroy());
      });
      socket.on('data', bytes => {
        reader.push(bytes);
        if (received > REFILL / 2) {
          toSend.push(encodeWindowUpdate(0, received));
          received = 0;
        }
        if (toSend.length > 0) socket.write(toSend.length === 1 ? toSend[0] : Buffer.concat(toSend));
        toSend = [];
      });
      socket.on('error', reject);
      const settings = [
        [Setting.HEADER_TABLE_SIZE, 0],
        [Setting.INITIAL_WINDOW_SIZE, MAX_WINDOW],
      ];
      toSend.push(PREFACE, encodeFrame(Frame.SETTINGS, 0, 0, encodeSettings(settings)), encodeWindowUpdate(0, REFILL));
      for (let i = 0; i < streams; i++) begin();
      socket.write(Buffer.concat(toSend));
      toSend = [];
    });
  await Promise.all(Array.from({length: connections}, connection));
  times.sort((a, b) => a - b);
  const at = share => times[Math.floor((times.length - 1) * share)];
  return {requests: times.length, failed, p50: at(0.5), p99: at(0.99)};
}

function isOk(trailers) {
  const text = trailers.toString('latin1');
  if (!seen.has(text)) {
    const {fields} = new HpackDecoder(4096, 65_536).decode(trailers);
    seen.set(text, fields[fields.indexOf('grpc-status') + 1] === '0');
  }
  return seen.get(text);
}
