import {once} from 'node:events';
import {readFile} from 'node:fs/promises';
import {request as httpRequest} from 'node:http';
import {connect as http2Connect, type IncomingHttpHeaders} from 'node:http2';
import {connect} from 'node:net';
import {gzipSync} from 'node:zlib';
import {Client, credentials, status} from '@grpc/grpc-js';
import {testModels} from '../testing/models.js';
import {repeatedValues} from '../testing/repeated-values.js';
import {post, ready, startServer, until, type RunningServer} from '../testing/server.js';

const HALF = 'v1/models/saved_model_half_plus_two_cpu';
const PREDICT = '/tensorflow.serving.PredictionService/Predict';
const asIs = (bytes: Buffer): Buffer => bytes;
const MB = 1024 * 1024;
const BUDGET_MB = 64;

let server: RunningServer;

beforeAll(async () => {
  server = await startServer(`--model_root=${await testModels()}`, `--max_bodies_in_flight_mb=${BUDGET_MB}`);
  await ready(server);
}, 180_000);

afterAll(() => server.stop('SIGKILL'));

/** A client that sends most of a large body, and then waits. */
function half(bytes: number): {close(): void; refused: Promise<string>} {
  const {port, hostname} = new URL(server.url);
  const socket = connect(Number(port), hostname);
  socket.write(`POST /${HALF}:predict HTTP/1.1\r\nhost: a\r\ncontent-length: ${bytes}\r\n\r\n`);
  socket.write(Buffer.alloc(bytes - 1, ' '));
  socket.on('error', () => undefined);
  const refused = once(socket, 'data').then(([chunk]) => String(chunk));
  return {close: () => socket.destroy(), refused};
}

async function residentMb(): Promise<number> {
  const text = await readFile(`/proc/${server.process.pid}/status`, 'utf8');
  return Number(/VmRSS:\s*(\d+) kB/.exec(text)?.[1]) / 1024;
}

const small = (): Promise<{status: number; text: string}> => post(`${server.url}/${HALF}:predict`, '{"inputs": 2}');

test('a flood of large bodies by both doors is refused past the budget, and small requests are answered meanwhile', async () => {
  const before = await residentMb();
  const floods = Array.from({length: 40}, () => half(15 * MB));
  const told = await Promise.any(floods.map(({refused}) => refused));
  expect(told).toMatch(/^HTTP\/1\.1 503 [^]*retry-after: 1[^]*--max_bodies_in_flight_mb/i);
  // Four of them fit and wait for their last byte; all others are told at once.
  const answered = new Set<number>();
  floods.forEach(({refused}, i) => void refused.then(() => answered.add(i)));
  await until(
    async () => answered.size,
    count => count >= 36,
  );
  const client = new Client(server.grpcAddress, credentials.createInsecure(), {'grpc.max_send_message_length': -1});
  const code = await new Promise(resolve =>
    client.makeUnaryRequest(PREDICT, asIs, asIs, Buffer.alloc(15 * MB), error => resolve(error?.code)),
  );
  expect(code).toBe(status.UNAVAILABLE);
  client.close();
  expect(await small()).toMatchObject({status: 200, text: expect.stringContaining('3.0')});
  expect((await residentMb()) - before).toBeLessThan(3 * BUDGET_MB);
  floods.forEach(({close}) => close());
  const large = `{"inputs": [${new Array(5 * MB).fill('2.0').join()}]}`;
  const freed = await until(
    () => post(`${server.url}/${HALF}:predict`, large),
    answer => answer.status !== 503,
  );
  expect(freed.status).toBe(200);
}, 120_000);

test('small bodies that grow when they are inflated count as what they become', async () => {
  const bomb = gzipSync(Buffer.alloc(60 * MB, ' '));
  const before = await residentMb();
  const answers = await Promise.all(
    Array.from({length: 30}, () => post(`${server.url}/${HALF}:predict`, bomb, {'content-encoding': 'gzip'})),
  );
  expect(answers.filter(answer => answer.status !== 400 && answer.status !== 503)).toEqual([]);
  expect((await residentMb()) - before).toBeLessThan(5 * BUDGET_MB);
  expect((await small()).status).toBe(200);
}, 120_000);

test('messages of one value that stands for millions count as what they become, by both doors', async () => {
  const before = await residentMb();
  const message = repeatedValues('saved_model_half_plus_two_cpu', {x: 10 * MB});
  const client = new Client(server.grpcAddress, credentials.createInsecure(), {'grpc.max_receive_message_length': -1});
  const codes = await Promise.all(
    Array.from(
      {length: 40},
      () =>
        new Promise(resolve =>
          client.makeUnaryRequest(PREDICT, asIs, asIs, message, error => resolve(error?.code ?? status.OK)),
        ),
    ),
  );
  client.close();
  expect(new Set(codes)).toEqual(new Set([status.OK, status.UNAVAILABLE]));
  const posts = await Promise.all(
    Array.from({length: 40}, () =>
      post(`${server.url}/${HALF}:predict`, message, {'content-type': 'application/x-protobuf'}),
    ),
  );
  expect(new Set(posts.map(answer => answer.status))).toEqual(new Set([200, 503]));
  expect((await residentMb()) - before).toBeLessThan(8 * BUDGET_MB);
  expect((await small()).status).toBe(200);
}, 120_000);

/** Asks for an answer of 40 MB, reads its beginning and no more. */
async function asksAndDoesNotRead(): Promise<{status: string; close(): void}> {
  const {port, hostname} = new URL(server.url);
  const message = repeatedValues('saved_model_half_plus_two_cpu', {x: 10 * MB});
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  socket.write(
    `POST /${HALF}:predict HTTP/1.1\r\nhost: a\r\ncontent-type: application/x-protobuf\r\ncontent-length: ${message.length}\r\n\r\n`,
  );
  socket.write(message);
  const [begin] = (await once(socket, 'data')) as [Buffer];
  socket.pause();
  return {status: begin.toString('latin1', 9, 12), close: () => socket.destroy()};
}

test('who asks for much and does not read it takes its part of the budget until he does, or goes', async () => {
  const before = await residentMb();
  const idle = await asksAndDoesNotRead();
  expect(idle.status).toBe('200');
  for (let i = 0; i < 10; i++) {
    const other = await asksAndDoesNotRead();
    expect(other.status).toBe('503');
    other.close();
  }
  expect((await residentMb()) - before).toBeLessThan(3 * BUDGET_MB);
  expect((await small()).status).toBe(200);
  idle.close();
  const next = await until(asksAndDoesNotRead, ({status, close}) => {
    if (status === '503') close();
    return status === '200';
  });
  next.close();
}, 120_000);

test('the same over gRPC', async () => {
  const message = repeatedValues('saved_model_half_plus_two_cpu', {x: 10 * MB});
  const idle = http2Connect(`http://${server.grpcAddress}`);
  const headers = {':method': 'POST', ':path': PREDICT, 'content-type': 'application/grpc', te: 'trailers'};
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  // Never read: no more is sent than the first window.
  const unread = idle.request(headers);
  unread.end(Buffer.concat([prefix, message]));
  const [answered] = (await once(unread, 'response')) as [IncomingHttpHeaders];
  expect(answered['grpc-status']).toBeUndefined();
  const client = new Client(server.grpcAddress, credentials.createInsecure(), {'grpc.max_receive_message_length': -1});
  const ask = (): Promise<status> =>
    new Promise(resolve =>
      client.makeUnaryRequest(PREDICT, asIs, asIs, message, error => resolve(error?.code ?? status.OK)),
    );
  expect(await ask()).toBe(status.UNAVAILABLE);
  expect((await small()).status).toBe(200);
  idle.destroy();
  expect(await until(ask, code => code === status.OK)).toBe(status.OK);
  client.close();
}, 120_000);

test('who asks before sending is not told to go on when there is no room', async () => {
  const holder = half(60 * MB);
  const {port, hostname} = new URL(server.url);
  const ask = (): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      const request = httpRequest({
        ...{port, hostname, method: 'POST', path: `/${HALF}:predict`},
        headers: {expect: '100-continue', 'content-length': 20 * MB},
      });
      request.on('continue', () => {
        request.destroy();
        resolve(100);
      });
      request.on('response', response => {
        request.destroy();
        resolve(response.statusCode);
      });
      request.on('error', reject);
      request.flushHeaders();
    });
  expect(await until(ask, status => status === 503)).toBe(503);
  holder.close();
  expect(await until(ask, status => status === 100)).toBe(100);
}, 60_000);
