import {once} from 'node:events';
import {mkdtemp, rm} from 'node:fs/promises';
import {connect} from 'node:http2';
import {createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {gzipSync} from 'node:zlib';
import {
  Client,
  Metadata,
  credentials,
  status,
  type CallOptions as ClientCallOptions,
  type ChannelOptions,
  type ServiceError,
} from '@grpc/grpc-js';
import {BodyBudget} from '../admission/body-budget.js';
import {OPEN_GATE} from '../admission/gate.js';
import {Flag, Frame, encodeFrame} from '../http2/frames/frames.js';
import {HpackDecoder} from '../http2/hpack/decoder.js';
import {encodeHeaders} from '../http2/hpack/encoder.js';
import {RawClient} from '../http2/testing.js';
import {StatusError} from '../status/status.js';
import {channelSettings} from './channel-arguments.js';
import type {StreamHandler, UnaryHandler} from './protocol/handler.js';
import {GrpcServer, type GrpcOptions} from './server.js';

/** Two methods of the `.proto` files that have the kinds wanted here; what they carry is up to the test. */
const UNARY = '/grpc.health.v1.Health/Check';
const STREAM = '/inference.GRPCInferenceService/ModelStreamInfer';

const budget = new BodyBudget(Infinity);
let server: GrpcServer;
let address: string;
const clients: Client[] = [];

interface Served extends Partial<Omit<GrpcOptions, 'channel'>> {
  readonly unary?: UnaryHandler;
  readonly stream?: StreamHandler;
  readonly channel?: Readonly<Record<string, number>>;
  readonly maxMessageBytes?: number;
}

const rethrow = (error: unknown): void => {
  throw error;
};
const echo: UnaryHandler = async message => message;

async function serve({unary = echo, stream, channel = {}, maxMessageBytes = 0, ...more}: Served): Promise<void> {
  const settings = channelSettings(maxMessageBytes, channel);
  server = new GrpcServer({
    messageTimeoutMs: 60_000,
    budget,
    gate: OPEN_GATE,
    onFault: rethrow,
    ...more,
    channel: settings,
  });
  server.addService('grpc.health.v1.Health', {Check: unary});
  if (stream) server.addService('inference.GRPCInferenceService', {}, {ModelStreamInfer: stream});
  address = `127.0.0.1:${await server.listen({host: '127.0.0.1', port: 0}, null)}`;
}

function client(options: ChannelOptions = {}, target = address): Client {
  const limits = {'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1};
  const made = new Client(target, credentials.createInsecure(), {...limits, ...options});
  clients.push(made);
  return made;
}

const asIs = (bytes: Buffer): Buffer => bytes;

/** What a call ends with: its answer, or the code and details of its status. */
function ask(
  from: Client,
  message: Buffer,
  {path = UNARY, metadata = new Metadata(), ...options}: ClientCallOptions & {path?: string; metadata?: Metadata} = {},
): Promise<Buffer | [code: string, details: string]> {
  return new Promise(resolve => {
    from.makeUnaryRequest(path, asIs, asIs, message, metadata, options, (error: ServiceError | null, answer?: Buffer) =>
      resolve(error ? [status[error.code], error.details] : (answer as Buffer)),
    );
  });
}

/** Jest compares byte by byte, in seconds. */
function same(got: unknown, wanted: Buffer | undefined): boolean {
  return Buffer.isBuffer(got) && wanted !== undefined && got.equals(wanted);
}

afterEach(async () => {
  for (const each of clients.splice(0)) each.close();
  await server.close();
});

test('messages of any size, many at once, and the largest that is allowed', async () => {
  await serve({maxMessageBytes: 3_000_000});
  const from = client();
  const sizes = [0, 1, 5, 16_379, 16_380, 70_000, 262_144, 1_000_000, 3_000_000];
  const messages = sizes.map((size, i) => Buffer.alloc(size, i));
  const answers = await Promise.all(messages.map(message => ask(from, message)));
  expect(answers.map((answer, i) => same(answer, messages[i]))).toEqual(messages.map(() => true));
  expect(await ask(from, Buffer.alloc(3_000_001))).toEqual([
    'RESOURCE_EXHAUSTED',
    'Received message larger than max (3000001 vs. 3000000)',
  ]);
  expect(await ask(from, Buffer.from('a'))).toEqual(Buffer.from('a'));
});

test('an answer over the limit is an error, not a broken stream', async () => {
  await serve({unary: async () => Buffer.alloc(2000), channel: {'grpc.max_send_message_length': 1000}});
  expect(await ask(client(), Buffer.alloc(0))).toEqual([
    'RESOURCE_EXHAUSTED',
    'Sent message larger than max (2000 vs. 1000)',
  ]);
});

test.each([
  ['gzip', 2],
  ['deflate', 1],
])('%s both ways', async (_, algorithm) => {
  await serve({channel: {'grpc.default_compression_algorithm': algorithm}});
  const message = Buffer.alloc(100_000, 'ab');
  expect(same(await ask(client({'grpc.default_compression_algorithm': algorithm}), message), message)).toBe(true);
});

/** A request made by hand; resolves with the answer's header or trailer fields. */
async function byHand(headers: Record<string, string>, body: Buffer | null): Promise<Record<string, unknown>> {
  const session = connect(`http://${address}`);
  try {
    const stream = session.request({
      ':method': 'POST',
      ':path': UNARY,
      'content-type': 'application/grpc',
      te: 'trailers',
      ...headers,
    });
    if (body) stream.end(body);
    const all: Record<string, unknown> = {};
    stream.on('response', fields => Object.assign(all, fields));
    stream.on('trailers', fields => Object.assign(all, fields));
    stream.resume();
    await once(stream, 'end');
    stream.close();
    return all;
  } finally {
    session.close();
  }
}

const framed = (flag: number, message: Buffer): Buffer => {
  const prefix = Buffer.of(flag, 0, 0, 0, 0);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
};

describe('requests that are not as they should be', () => {
  beforeEach(() => serve({maxMessageBytes: 1_000_000}));
  const WELL = framed(0, Buffer.from('a'));

  test.each<[string, Record<string, string>, Buffer | null, Record<string, unknown>]>([
    ['another method than POST', {':method': 'PUT'}, WELL, {':status': 405}],
    ['another content type', {'content-type': 'application/json'}, WELL, {':status': 415}],
    ['gRPC-Web', {'content-type': 'application/grpc-web'}, WELL, {':status': 415}],
    [
      'a method that is not there',
      {':path': '/a.B/C'},
      WELL,
      {'grpc-status': '12', 'grpc-message': expect.stringContaining('/a.B/C')},
    ],
    [
      'an encoding that is not read',
      {'grpc-encoding': 'snappy'},
      WELL,
      {'grpc-status': '12', 'grpc-accept-encoding': 'identity,deflate,gzip'},
    ],
    ['a timeout that is none', {'grpc-timeout': 'soon'}, WELL, {'grpc-status': '13'}],
    ['no message', {}, Buffer.alloc(0), {'grpc-status': '13'}],
    ['half a message', {}, WELL.subarray(0, 5), {'grpc-status': '13'}],
    ['two messages', {}, Buffer.concat([WELL, WELL]), {'grpc-status': '13'}],
    ['a compressed message without encoding', {}, framed(1, gzipSync('a')), {'grpc-status': '13'}],
    [
      'a compressed message that is damaged',
      {'grpc-encoding': 'gzip'},
      framed(1, Buffer.from('abc')),
      {'grpc-status': '13'},
    ],
    [
      'a compressed message that grows too large',
      {'grpc-encoding': 'gzip'},
      framed(1, gzipSync(Buffer.alloc(1_000_001))),
      {'grpc-status': '8'},
    ],
    ['a deadline that passes while the message comes', {'grpc-timeout': '50m'}, null, {'grpc-status': '4'}],
  ])('%s', async (_, headers, body, expected) => {
    expect(await byHand(headers, body)).toMatchObject(expected);
  });

  test('metadata larger than the server has said that it takes', async () => {
    const raw = new RawClient(Number(address.split(':')[1]));
    const fields = [':method', 'POST', ':scheme', 'http', ':path', UNARY, 'a', 'x'.repeat(9000)];
    const block = encodeHeaders(...fields, ...Array.from({length: 8}, (_, i) => [`b${i}`, 'y'.repeat(8000)]).flat());
    const cut = Array.from({length: 5}, (_, i) => block.subarray(i * 16_000, (i + 1) * 16_000));
    const frames = cut.map((part, i) =>
      encodeFrame(i === 0 ? Frame.HEADERS : Frame.CONTINUATION, i === 4 ? Flag.END_HEADERS : 0, 1, part),
    );
    raw.send(...frames);
    const {payload} = await raw.frame(Frame.HEADERS);
    expect(new HpackDecoder(0, 65_536).decode(payload).fields).toEqual(expect.arrayContaining(['grpc-status', '8']));
    raw.close();
  });

  test('content types of gRPC with a suffix are gRPC', async () => {
    expect(await byHand({'content-type': 'application/grpc+proto'}, WELL)).toMatchObject({'grpc-status': '0'});
  });
});

test('a message that does not arrive in time is given up', async () => {
  await serve({messageTimeoutMs: 50});
  const session = connect(`http://${address}`);
  const stream = session.request({':method': 'POST', ':path': UNARY, 'content-type': 'application/grpc'});
  stream.write(framed(0, Buffer.alloc(1000)).subarray(0, 500));
  const [fields] = (await once(stream, 'response')) as [Record<string, unknown>];
  expect(fields).toMatchObject({'grpc-status': '1', 'grpc-message': 'The message did not arrive within 50 ms'});
  session.destroy();
});

test('a handler is told of the deadline, the metadata, and that the client gave up', async () => {
  let seen: unknown[] = [];
  let aborted: () => void;
  const gaveUp = new Promise<void>(resolve => (aborted = resolve));
  await serve({
    unary: (_, {deadlineMs = NaN, metadata, signal}) => {
      seen = [deadlineMs > 59_000 && deadlineMs <= 60_000, metadata?.get('a'), metadata?.get('b-bin')];
      signal.addEventListener('abort', () => aborted());
      return new Promise(() => undefined);
    },
  });
  const metadata = new Metadata();
  metadata.set('a', '1');
  metadata.set('b-bin', Buffer.of(0, 255));
  const call = client().makeUnaryRequest(
    UNARY,
    asIs,
    asIs,
    Buffer.alloc(0),
    metadata,
    {deadline: Date.now() + 60_000},
    () => undefined,
  );
  while (seen.length === 0) await new Promise(resolve => setTimeout(resolve, 10));
  call.cancel();
  await gaveUp;
  expect(seen).toEqual([true, ['1'], [Buffer.of(0, 255)]]);
});

test("a handler's error is the call's status, whatever language it is in", async () => {
  await serve({unary: () => Promise.reject(new StatusError('FAILED_PRECONDITION', 'nicht möglich: 100 %\n'))});
  expect(await ask(client(), Buffer.alloc(0))).toEqual(['FAILED_PRECONDITION', 'nicht möglich: 100 %\n']);
});

describe('calls of many messages', () => {
  const echoAll: StreamHandler = async call => {
    for await (const message of call.messages) await call.write(message);
  };

  test('all messages come back in order, though nobody reads them for a while', async () => {
    await serve({stream: echoAll});
    const call = client().makeBidiStreamRequest(STREAM, asIs, asIs);
    const sent = Array.from({length: 60}, (_, i) => Buffer.alloc(i * 2000, i));
    for (const message of sent) call.write(message);
    call.end();
    const got: Buffer[] = [];
    for await (const message of call) got.push(message as Buffer);
    expect(got.map((message, i) => same(message, sent[i]))).toEqual(sent.map(() => true));
  });

  test('a client whose messages are not taken is held up', async () => {
    let taken = 0;
    let go: () => void = () => undefined;
    const wait = new Promise<void>(resolve => (go = resolve));
    await serve({
      channel: {'grpc.http2.lookahead_bytes': 10_000},
      stream: async ({messages}) => {
        for await (const _ of messages) if (++taken === 1) await wait;
      },
    });
    const session = connect(`http://${address}`);
    // Until then it may send more than that.
    await once(session, 'remoteSettings');
    const stream = session.request({':method': 'POST', ':path': STREAM, 'content-type': 'application/grpc'});
    let left = 0;
    const message = framed(0, Buffer.alloc(5000));
    for (let i = 0; i < 50; i++) stream.write(message, () => left++);
    while (taken === 0) await new Promise(resolve => setTimeout(resolve, 10));
    // A round trip later the server would have given leave to send more, if it did.
    await new Promise<void>(resolve => session.ping(() => resolve()));
    expect(left).toBeLessThan(10);
    go();
    stream.end();
    stream.resume();
    await once(stream, 'end');
    expect(taken).toBe(50);
    session.close();
  });

  test('one that fails in the middle keeps what it has said, and its status', async () => {
    await serve({
      stream: async call => {
        await call.write(Buffer.from('a'));
        throw new StatusError('ABORTED', 'enough');
      },
    });
    const call = client().makeBidiStreamRequest(STREAM, asIs, asIs);
    const got: string[] = [];
    call.on('data', (message: Buffer) => got.push(String(message)));
    const [error] = (await once(call, 'error')) as [ServiceError];
    expect([got, error.code, error.details]).toEqual([['a'], status.ABORTED, 'enough']);
  });

  test('one that waits when the server closes is told so', async () => {
    await serve({stream: echoAll});
    const call = client().makeBidiStreamRequest(STREAM, asIs, asIs);
    call.write(Buffer.from('a'));
    await once(call, 'data');
    const failed = once(call, 'error') as Promise<[ServiceError]>;
    await server.close();
    expect((await failed)[0].code).toBe(status.UNAVAILABLE);
  });
});

test('large messages over the budget of all bodies are refused, small ones are not, and the budget comes back', async () => {
  const own = new BodyBudget(1_000_000);
  let go: () => void = () => undefined;
  const wait = new Promise<void>(resolve => (go = resolve));
  await serve({
    budget: own,
    unary: async message => {
      if (message.length > 100_000) await wait;
      return message;
    },
  });
  const from = client();
  const first = ask(from, Buffer.alloc(800_000));
  while (own.usedBytes < 800_000) await new Promise(resolve => setTimeout(resolve, 10));
  expect(await ask(from, Buffer.alloc(300_000))).toEqual([
    'UNAVAILABLE',
    expect.stringContaining('--max_bodies_in_flight_mb'),
  ]);
  expect(await ask(from, Buffer.alloc(1000))).toHaveLength(1000);
  go();
  expect(await first).toHaveLength(800_000);
  expect(own.usedBytes).toBe(0);
});

test('a unix socket, whose file a killed server has left behind', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ingot-grpc-'));
  try {
    const path = join(folder, 'socket');
    await serve({});
    const left = createServer().listen(path);
    await once(left, 'listening');
    await expect(server.listen(path, null)).rejects.toThrow('EADDRINUSE');
    await new Promise(resolve => left.close(resolve));
    await server.listen(path, null);
    expect(await ask(client({}, `unix:${path}`), Buffer.from('a'))).toEqual(Buffer.from('a'));
  } finally {
    await rm(folder, {recursive: true});
  }
});

test('arguments that gRPC knows are taken or named, and wrong values are refused', () => {
  const ignored: string[] = [];
  const settings = channelSettings(
    10,
    {
      'grpc.max_concurrent_streams': 7,
      'grpc.max_connection_age_ms': 2000,
      'grpc.max_connection_idle_ms': 2_147_483_647,
      'grpc.max_send_message_length': -1,
      'grpc.default_compression_algorithm': 2,
      'grpc.so_reuseport': 1,
    },
    name => ignored.push(name),
  );
  expect(settings).toMatchObject({
    maxConcurrentStreams: 7,
    maxAgeMs: 2000,
    maxIdleMs: Infinity,
    maxReceiveBytes: 10,
    maxSendBytes: 2 ** 31 - 1,
    compression: 'gzip',
  });
  expect(ignored).toEqual(['grpc.so_reuseport']);
  expect(() => channelSettings(0, {'grpc.max_concurrent_streams': 'many'})).toThrow(
    'grpc.max_concurrent_streams is many',
  );
});
