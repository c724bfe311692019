import {execFile} from 'node:child_process';
import {once} from 'node:events';
import {mkdtemp, readFile, rm} from 'node:fs/promises';
import {createServer, type Server, type ServerOptions} from 'node:http';
import {createServer as createTlsServer} from 'node:https';
import {connect, type AddressInfo, type Socket} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {connect as connectTls} from 'node:tls';
import {promisify} from 'node:util';
import type {Connection} from './connection.js';
import {answerPlainRequests} from './server.js';

const LOOK_MS = 20;
const PLAIN = 'POST /plain HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi';
const OTHER = 'POST /other HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi';
const CLIENT_GONE = new Set(['ECONNRESET', 'EPIPE']);

let server: Server;
/** Requests that wait for their answer. */
let asked: Connection[];
const clients: Socket[] = [];

async function serve(options: ServerOptions = {}, tls?: {key: Buffer; cert: Buffer}): Promise<void> {
  asked = [];
  server = tls === undefined ? createServer(options) : createTlsServer({...options, ...tls});
  server.on('request', (request, response) => request.resume().on('end', () => response.end(`node ${request.url}`)));
  server.on('clientError', ({code}: NodeJS.ErrnoException, socket) => socket.end(`error ${code}`));
  answerPlainRequests(
    server,
    ({target}) => (target === '/plain' ? (_body, _at, connection) => void asked.push(connection) : null),
    LOOK_MS,
  );
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
}

afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  server.closeAllConnections();
  await new Promise(resolve => server.close(resolve));
});

const port = (): number => (server.address() as AddressInfo).port;

/** What a client hears, until that has all of `words` in it. */
class Client {
  heard = '';

  constructor(readonly socket: Socket = connect(port(), '127.0.0.1')) {
    clients.push(socket);
    socket.on('data', bytes => (this.heard += String(bytes)));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (!CLIENT_GONE.has(error.code ?? '')) throw error;
    });
  }

  async hears(words: string): Promise<void> {
    while (!this.heard.includes(words)) await once(this.socket, 'data');
  }

  async isLeft(): Promise<string> {
    if (!this.socket.closed) await once(this.socket, 'close');
    return this.heard;
  }
}

async function request(): Promise<Connection> {
  while (asked.length === 0) await new Promise(resolve => setImmediate(resolve));
  return asked.shift() as Connection;
}

const OK = Buffer.from('ok');

test('a connection on which no request comes is told so, and ended', async () => {
  await serve({headersTimeout: 100, requestTimeout: 10_000});
  expect(await new Client().isLeft()).toBe('error ERR_HTTP_REQUEST_TIMEOUT');
});

test('a body that does not come to its end in time, however slowly it goes on, ends its connection', async () => {
  await serve({headersTimeout: 300, requestTimeout: 300});
  const client = new Client();
  client.socket.write(PLAIN.replace('Length: 2', 'Length: 1000000'));
  const trickle = setInterval(() => client.socket.write('x'), 10);
  expect(await client.isLeft()).toBe('error ERR_HTTP_REQUEST_TIMEOUT');
  clearInterval(trickle);
});

test('a connection that is idle after an answer is ended, one that waits for its answer is not', async () => {
  await serve({keepAliveTimeout: 100, headersTimeout: 50, requestTimeout: 50});
  const client = new Client();
  client.socket.write(PLAIN);
  const first = await request();
  await new Promise(resolve => setTimeout(resolve, 200));
  first.answer(200, [], OK);
  expect(await client.isLeft()).toMatch(/^HTTP\/1.1 200 OK\r\n[^]*\r\n\r\nok$/);
});

test('what follows a request is seen to once that is answered', async () => {
  await serve();
  const client = new Client();
  client.socket.write(PLAIN + PLAIN.slice(0, 20));
  const first = await request();
  client.socket.write(PLAIN.slice(20) + OTHER);
  first.answer(200, [], OK);
  await client.hears('node /other');
  expect(client.heard.match(/ok|node \/(plain|other)/g)).toEqual(['ok', 'node /plain', 'node /other']);
});

test('a client that does not read its answer is not asked for more, and gets it whole when it does', async () => {
  await serve();
  const client = new Client();
  client.socket.write(PLAIN);
  const first = await request();
  client.socket.pause();
  const large = Buffer.alloc(3_000_000, 'x');
  first.answer(200, [], large);
  expect(first.awaits).toBe('answer');
  client.socket.write(OTHER);
  client.socket.resume();
  await client.hears('node /other');
  expect(client.heard).toContain(`content-length: ${large.length}`);
  expect(client.heard.indexOf('node /other')).toBeGreaterThan(large.length);
});

test('who answers is told of a client that goes before, and nothing is left of it', async () => {
  await serve();
  const client = new Client();
  client.socket.write(PLAIN);
  const first = await request();
  const gone = new Promise<void>(resolve => (first.onGone = resolve));
  client.socket.destroy();
  await gone;
  first.answer(200, [], OK);
  expect(await new Promise(resolve => server.getConnections((_error, count) => resolve(count)))).toBe(0);
});

test('a server that closes answers what it was asked, says that it is the last, and ends who is idle', async () => {
  await serve();
  const [busy, idle] = [new Client(), new Client()];
  idle.socket.write(PLAIN);
  (await request()).answer(200, [], OK);
  await idle.hears('ok');
  busy.socket.write(PLAIN);
  const last = await request();
  const closed = new Promise(resolve => server.close(resolve));
  expect(await idle.isLeft()).toMatch(/Connection: keep-alive\r\n[^]*ok$/);
  last.answer(200, [], OK);
  expect(await busy.isLeft()).toMatch(/Connection: close\r\n\r\nok$/);
  await closed;
});

test('over TLS, plain requests and others', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ingot-http1-'));
  try {
    const [key, cert] = [join(folder, 'key'), join(folder, 'cert')];
    const args = ['-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=localhost', '-keyout', key, '-out', cert];
    await promisify(execFile)('openssl', ['req', '-x509', ...args]);
    await serve({}, {key: await readFile(key), cert: await readFile(cert)});
  } finally {
    await rm(folder, {recursive: true});
  }
  const client = new Client(connectTls({port: port(), host: '127.0.0.1', rejectUnauthorized: false}));
  client.socket.write(PLAIN);
  (await request()).answer(200, [], OK);
  await client.hears('ok');
  client.socket.write(OTHER.slice(0, 30));
  client.socket.write(OTHER.slice(30));
  await client.hears('node /other');
});
