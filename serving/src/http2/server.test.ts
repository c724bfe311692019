import {once} from 'node:events';
import {connect, type ClientHttp2Session, type ClientHttp2Stream} from 'node:http2';
import fc from 'fast-check';
import {Flag, Frame, encodeFrame, encodeReset, encodeUint32, encodeWindowUpdate} from './frames/frames.js';
import {encodeHeaders} from './hpack/encoder.js';
import type {Http2Server} from './server.js';
import {Setting, encodeSettings} from './frames/settings.js';
import type {Stream} from './stream.js';
import {REQUEST, RawClient, echo, serveStreams} from './testing.js';

let server: Http2Server;
let port: number;
const sessions: ClientHttp2Session[] = [];
const clients: RawClient[] = [];

const start = async (...args: Parameters<typeof serveStreams>): Promise<void> => {
  [server, port] = await serveStreams(...args);
};
const session = (settings = {}): ClientHttp2Session => {
  const made = connect(`http://127.0.0.1:${port}`, {settings});
  sessions.push(made);
  return made;
};
const raw = (greet = true): RawClient => {
  const made = new RawClient(port, greet);
  clients.push(made);
  return made;
};

afterEach(async () => {
  for (const each of sessions.splice(0)) each.destroy();
  for (const each of clients.splice(0)) each.close();
  await server.close();
});

interface Echoed {
  readonly body: Buffer;
  readonly trailers: Record<string, unknown>;
}

async function exchange(on: ClientHttp2Session, parts: readonly Buffer[], more = {}): Promise<Echoed> {
  const stream: ClientHttp2Stream = on.request({':method': 'POST', ':path': '/echo', ...more}, {endStream: false});
  let trailers: Record<string, unknown> = {};
  stream.on('trailers', got => (trailers = got));
  for (const part of parts) stream.write(part);
  stream.end();
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return {body: Buffer.concat(chunks), trailers};
}

const request = (id: number, flags = Flag.END_HEADERS as number): Buffer =>
  encodeFrame(Frame.HEADERS, flags, id, REQUEST);
const data = (id: number, body: Uint8Array, flags = 0): Buffer => encodeFrame(Frame.DATA, flags, id, body);

describe("with Node's client", () => {
  test('bodies of any sizes, many at once, come back whole through windows of any size', async () => {
    await start(echo);
    const sizes = fc.array(fc.integer({min: 0, max: 100_000}), {maxLength: 4});
    const settings = fc.record({
      initialWindowSize: fc.integer({min: 1000, max: 200_000}),
      maxFrameSize: fc.integer({min: 16_384, max: 70_000}),
      headerTableSize: fc.constantFrom(0, 100, 4096, 65_536),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(sizes, {minLength: 1, maxLength: 8}), settings, async (bodies, wanted) => {
        const client = session(wanted);
        const echoed = await Promise.all(
          bodies.map(async (parts, i) => {
            const sent = parts.map((size, part) => Buffer.alloc(size, i * 16 + part));
            const {body, trailers} = await exchange(client, sent);
            return trailers['told'] === 'all' && body.equals(Buffer.concat(sent));
          }),
        );
        client.destroy();
        expect(echoed).toEqual(bodies.map(() => true));
      }),
      {numRuns: 30},
    );
  }, 60_000);

  test('header blocks of several frames, and values of all bytes that Node sends', async () => {
    const heads: (readonly string[])[] = [];
    await start((stream, head) => {
      heads.push(head.fields);
      return echo(stream, head);
    });
    const client = session();
    const long = 'x'.repeat(9000);
    await exchange(client, [], {long, other: 'grüße', 'a-list': ['1', '2']});
    await exchange(client, [], {long, other: 'grüße', 'a-list': ['1', '2']});
    expect(heads[0]).toEqual(['long', long, 'other', 'grüße', 'a-list', '1', 'a-list', '2']);
    expect(heads[1]).toEqual(heads[0]);
  });

  test('more streams than allowed at once wait with the client, and all are answered', async () => {
    await start(echo, {maxConcurrentStreams: 3});
    const client = session();
    await once(client, 'remoteSettings');
    const answers = await Promise.all(Array.from({length: 50}, (_, i) => exchange(client, [Buffer.alloc(1000, i)])));
    expect(answers.map(({body}) => body[999])).toEqual(Array.from({length: 50}, (_, i) => i));
  });

  test('a client that takes its stream back is noticed, and the others are not disturbed', async () => {
    let aborted: () => void;
    const noticed = new Promise<void>(resolve => (aborted = resolve));
    await start((stream, head) =>
      head.path === '/echo' ? echo(stream, head) : {data() {}, end() {}, aborted: () => aborted()},
    );
    const client = session();
    const hanging = client.request({':method': 'POST', ':path': '/hang'});
    const other = exchange(client, [Buffer.from('a')]);
    hanging.close(8);
    await noticed;
    expect(String((await other).body)).toBe('a');
  });

  test('closing answers what runs, tells the client, and then ends the connection', async () => {
    let running: Stream | undefined;
    let began: () => void;
    const arrived = new Promise<void>(resolve => (began = resolve));
    await start(stream => {
      running = stream;
      return {data() {}, end: () => began(), aborted() {}};
    });
    const client = session();
    const answer = exchange(client, []);
    await arrived;
    const told = once(client, 'goaway');
    const closed = server.close();
    await told;
    running?.respond(encodeHeaders(':status', '200'));
    running?.write(Buffer.from('late'));
    running?.end(encodeHeaders('told', 'all'));
    expect(String((await answer).body)).toBe('late');
    await Promise.all([closed, once(client, 'close')]);
  });

  test('a connection that is too old or idle is ended without an error', async () => {
    await start(echo, {maxIdleMs: 50});
    const idle = session();
    await once(idle, 'connect');
    await once(idle, 'close');
    await server.close();
    await start(echo, {maxAgeMs: 100, maxAgeGraceMs: 5000});
    const old = session();
    expect(String((await exchange(old, [Buffer.from('a')])).body)).toBe('a');
    await once(old, 'close');
  });
});

describe('a peer that does wrong', () => {
  beforeEach(() => start(echo));

  test.each<[string, string, () => Uint8Array[]]>([
    ['a frame that is too large', 'FRAME_SIZE_ERROR', () => [data(1, Buffer.alloc(16_385))]],
    ['a header block that is no HPACK', 'COMPRESSION_ERROR', () => [encodeFrame(Frame.HEADERS, 5, 1, Buffer.of(0x80))]],
    ['an even stream', 'PROTOCOL_ERROR', () => [request(2)]],
    ['data of a stream that was never opened', 'PROTOCOL_ERROR', () => [data(1, Buffer.of(1))]],
    ['a push', 'PROTOCOL_ERROR', () => [encodeFrame(Frame.PUSH_PROMISE, 4, 1, encodeUint32(2))]],
    ['a frame inside a header block', 'PROTOCOL_ERROR', () => [request(1, 0), data(1, Buffer.of(1))]],
    ['padding longer than its frame', 'PROTOCOL_ERROR', () => [request(1), data(1, Buffer.of(9, 1), Flag.PADDED)]],
    ['a window above the limit', 'FLOW_CONTROL_ERROR', () => [encodeWindowUpdate(0, 2 ** 31 - 1)]],
    [
      'a setting that cannot be',
      'FLOW_CONTROL_ERROR',
      () => [encodeFrame(Frame.SETTINGS, 0, 0, encodeSettings([[Setting.INITIAL_WINDOW_SIZE, 2 ** 31]]))],
    ],
    ['a stream that was used', 'STREAM_CLOSED', () => [request(3, 5), request(1, 5)]],
    [
      'a header block without end (CVE-2024-27316)',
      'ENHANCE_YOUR_CALM',
      () => [request(1, 0), ...Array.from({length: 100}, () => encodeFrame(Frame.CONTINUATION, 0, 1, Buffer.alloc(0)))],
    ],
    [
      'streams opened and reset at once (CVE-2023-44487)',
      'ENHANCE_YOUR_CALM',
      () => Array.from({length: 3000}, (_, i) => Buffer.concat([request(2 * i + 1), encodeReset(2 * i + 1, 8)])),
    ],
    [
      'requests that are wrong on purpose, so that the server resets them (CVE-2025-8671)',
      'ENHANCE_YOUR_CALM',
      () => Array.from({length: 3000}, (_, i) => Buffer.concat([request(2 * i + 1), encodeWindowUpdate(2 * i + 1, 0)])),
    ],
    [
      'a flood of pings',
      'ENHANCE_YOUR_CALM',
      () => Array.from({length: 5000}, () => encodeFrame(Frame.PING, 0, 0, Buffer.alloc(8))),
    ],
    [
      'a flood of settings',
      'ENHANCE_YOUR_CALM',
      () => Array.from({length: 5000}, () => encodeFrame(Frame.SETTINGS, 0, 0, Buffer.alloc(0))),
    ],
    [
      'a flood of empty frames',
      'ENHANCE_YOUR_CALM',
      () => [request(1), ...Array.from({length: 5000}, () => data(1, Buffer.alloc(0)))],
    ],
  ])('%s ends its connection', async (_, code, frames) => {
    const client = raw();
    client.send(...frames());
    expect(await client.refused()).toBe(code);
  });

  test.each<[string, string, () => Uint8Array[]]>([
    ['no path', 'PROTOCOL_ERROR', () => [headersOf(':method', 'POST', ':scheme', 'http')]],
    ['a name in capitals', 'PROTOCOL_ERROR', () => [headersOf(...HEAD, 'Name', 'x')]],
    ['a header of HTTP/1', 'PROTOCOL_ERROR', () => [headersOf(...HEAD, 'connection', 'close')]],
    ['te that is not trailers', 'PROTOCOL_ERROR', () => [headersOf(...HEAD, 'te', 'gzip')]],
    ['a pseudo header after the others', 'PROTOCOL_ERROR', () => [headersOf(...HEAD, 'a', 'b', ':authority', 'x')]],
    [
      'a body longer than content-length',
      'PROTOCOL_ERROR',
      () => [headersOf(...HEAD, 'content-length', '1'), data(1, Buffer.of(1, 2))],
    ],
    [
      'more data than its window',
      'FLOW_CONTROL_ERROR',
      () => [hang(1), ...Array.from({length: 5}, () => data(1, Buffer.alloc(16_384)))],
    ],
    ['data after the end', 'STREAM_CLOSED', () => [request(1, 5), data(1, Buffer.of(1))]],
  ])('%s ends its stream, and the next is answered', async (_, code, frames) => {
    await server.close();
    await start((stream, head) => (head.path === '/hang' ? {data() {}, end() {}, aborted() {}} : echo(stream, head)));
    const client = raw();
    client.send(...frames(), request(3), data(3, Buffer.from('well'), Flag.END_STREAM));
    expect(await client.reset(1)).toBe(code);
    expect(String((await client.frame(Frame.DATA, ({id}) => id === 3)).payload)).toBe('well');
  });

  test('streams over the limit are refused, and not remembered', async () => {
    const client = raw();
    client.send(...Array.from({length: 101}, (_, i) => request(2 * i + 1)));
    expect(await client.reset(201)).toBe('REFUSED_STREAM');
  });

  test('whoever speaks HTTP/1 is told so in HTTP/1', async () => {
    const client = raw(false);
    client.send(Buffer.from('GET / HTTP/1.1\r\nhost: a\r\n\r\n'));
    await client.closed;
    expect(client.text).toMatch(/^HTTP\/1\.1 400 .*speaks HTTP\/2 alone/s);
  });

  test('whoever says nothing, or only half of it, is sent away', async () => {
    await server.close();
    await start(echo, {handshakeMs: 50});
    const [silent, half] = [raw(false), raw(false)];
    half.send(Buffer.from('PRI * HTTP/2.0\r\n\r'));
    await Promise.all([silent.closed, half.closed]);
  });

  test('whoever does not answer a keepalive ping is gone', async () => {
    await server.close();
    await start(echo, {keepaliveMs: 50, keepaliveTimeoutMs: 50});
    const client = raw();
    await client.frame(Frame.PING);
    await client.closed;
  });

  test('whoever asks and does not read is cut off before the memory is full', async () => {
    await server.close();
    let noticed: () => void;
    const cutOff = new Promise<void>(resolve => (noticed = resolve));
    await start((stream, head) => {
      if (head.path !== '/hang') stream.respond(encodeHeaders(':status', '200', 'long', 'x'.repeat(8000)), true);
      return {data() {}, end() {}, aborted: () => noticed()};
    });
    const client = raw();
    client.send(hang(1));
    client.deafen();
    const asked = 10_000;
    client.send(...Array.from({length: asked}, (_, i) => request(2 * i + 3, 5)));
    await cutOff;
    client.listen();
    await client.closed;
    expect(client.text.length).toBeLessThan((asked * 8000) / 2);
  });
});

const HEAD = [':method', 'POST', ':scheme', 'http', ':path', '/echo'];

function headersOf(...fields: string[]): Buffer {
  return encodeFrame(Frame.HEADERS, Flag.END_HEADERS, 1, encodeHeaders(...fields));
}

function hang(id: number): Buffer {
  const fields = [':method', 'POST', ':scheme', 'http', ':path', '/hang'];
  return encodeFrame(Frame.HEADERS, Flag.END_HEADERS, id, encodeHeaders(...fields));
}

test('whatever cuts and bytes a peer sends, the server answers the next one', async () => {
  await start(echo);
  const pieces = fc.array(
    fc.oneof(
      fc.uint8Array({maxLength: 40}),
      fc
        .record({type: fc.nat(10), flags: fc.nat(255), id: fc.nat(7), payload: fc.uint8Array({maxLength: 30})})
        .map(({type, flags, id, payload}) => encodeFrame(type, flags, id, payload)),
      fc.constantFrom(request(1), request(3), request(5, 5), data(1, Buffer.alloc(100))),
    ),
    {maxLength: 12},
  );
  await fc.assert(
    fc.asyncProperty(pieces, async sent => {
      const client = raw();
      for (const piece of sent) {
        client.send(piece);
        await new Promise(resolve => setImmediate(resolve));
      }
      client.close();
      await client.closed;
    }),
    {numRuns: 200},
  );
  expect(String((await exchange(session(), [Buffer.from('well')])).body)).toBe('well');
}, 60_000);
