import {createHash} from 'node:crypto';
import type {Server} from 'node:http';
import {Duplex} from 'node:stream';
import {setImmediate as turn} from 'node:timers/promises';
import fc from 'fast-check';
import {BodyBudget} from '../admission/body-budget.js';
import {tokenGate} from '../admission/gate.js';
import type {Handler} from './answer.js';
import type {HttpOptions} from './options.js';
import {createHttpServer, createNodeServer} from './server.js';

/** Whoever asks in a way that has a doubt about it is judged by node:http, so a request has the same answer whoever reads it. */

/** Tells what it was asked: two servers that understood the same answer the same. */
const echo: Handler = {
  async handle({method, target, headers, body}) {
    await turn();
    const text = JSON.stringify({method, target, headers, body: createHash('sha256').update(body).digest('hex')});
    const size = Number(/size=(\d+)/.exec(target)?.[1] ?? 0);
    return {
      status: target.includes('missing') ? 404 : 200,
      headers: {'content-type': 'application/json', 'ingot-model-version': '3'},
      body: Buffer.from(text.padEnd(size)),
    };
  },
};
const choose = (target: string): Handler | null => (/^\/v[12]\//.test(target) ? echo : null);
const OPTIONS: HttpOptions = {
  maxBodyBytes: 100_000,
  requestTimeoutMs: 60_000,
  tls: null,
  gate: tokenGate('secret'),
  budget: new BodyBudget(2 ** 30),
};

let plain: Server;
let node: Server;
let readByNode = 0;

beforeAll(async () => {
  const open = async (create: typeof createHttpServer): Promise<Server> => {
    const server = create(choose, OPTIONS, (request, response) => response.end(`other ${request.url}`));
    // As Fastify does.
    server.on('clientError', ({code}: NodeJS.ErrnoException, socket) => {
      if (socket.writable) socket.write(`HTTP/1.1 400 ${code}\r\n\r\n`);
      socket.destroy();
    });
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    return server;
  };
  [plain, node] = [await open(createHttpServer), await open(createNodeServer)];
  plain.prependListener('request', () => readByNode++);
});

afterAll(async () => {
  await Promise.all([plain, node].map(server => new Promise(resolve => server.close(resolve))));
});

/** A connection to a server whose pieces arrive as they are given. */
class Wire extends Duplex {
  answers = '';

  constructor(server: Server) {
    super({allowHalfOpen: true});
    server.emit('connection', this);
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.answers += chunk.toString('latin1');
    done();
  }

  /** Gives all pieces, each once nothing more is said about those before; the end of the connection for null. */
  async say(pieces: readonly (Buffer | null)[]): Promise<string> {
    for (const piece of pieces) {
      if (this.destroyed) break;
      this.push(piece);
      await this.quiet();
    }
    const said = this.answers.replace(/^Date: .*$/gm, 'Date');
    const end = this.destroyed ? 'destroyed' : this.writableEnded ? 'ended' : 'open';
    this.destroy();
    return `${said}\n${end}`;
  }

  /** What is still to be said is said within a few turns of the event loop, since nothing here takes time. */
  private async quiet(): Promise<void> {
    for (let heard = -1, turns = 0; turns < 12; turns++) {
      await turn();
      if (this.answers.length !== heard) turns = 0;
      heard = this.answers.length;
    }
  }
}

/**
 * Both servers say the same to the same pieces; or ours says what node:http does when one piece comes in two: what follows a
 * request before it is answered is not looked at until then.
 */
async function same(pieces: readonly (Buffer | null)[]): Promise<string> {
  const [ours, theirs] = await Promise.all([new Wire(plain).say(pieces), new Wire(node).say(pieces)]);
  if (ours !== theirs && (await saidInTime(pieces, ours))) return ours;
  expect(ours).toBe(theirs);
  return ours;
}

async function saidInTime(pieces: readonly (Buffer | null)[], said: string): Promise<boolean> {
  for (const [i, piece] of pieces.entries()) {
    for (let at = 1; at < (piece?.length ?? 0); at++) {
      const cut = [...pieces.slice(0, i), piece?.subarray(0, at) ?? null, piece?.subarray(at) ?? null];
      if ((await new Wire(node).say([...cut, ...pieces.slice(i + 1)])) === said) return true;
    }
  }
  return false;
}

const AUTH = 'Authorization: Bearer secret\r\n';
const post = (fields = '', body = '{"instances":[1]}', start = 'POST /v1/models/gold:predict HTTP/1.1'): string =>
  `${start}\r\nHost: here\r\n${AUTH}${fields}Content-Length: ${body.length}\r\n\r\n${body}`;
const get = (target: string, fields = ''): string => `GET ${target} HTTP/1.1\r\nHost: here\r\n${AUTH}${fields}\r\n`;

const PLAIN: Readonly<Record<string, string>> = {
  predict: post(),
  'as curl asks': post('User-Agent: curl/8.5.0\r\nAccept: */*\r\nContent-Type: application/json\r\n'),
  'as requests asks': post('User-Agent: python-requests/2\r\nAccept: */*\r\nConnection: keep-alive\r\n'),
  'no body': post('', ''),
  'the largest body that is not counted': post('', 'x'.repeat(64 * 1024)),
  'V2, a query, escapes': post('', '{}', 'POST /v2/models/a%20b/infer?x=1&y=2 HTTP/1.1'),
  'an error': post('', '{}', 'POST /v1/missing HTTP/1.1'),
  'a large answer': post('', '{}', 'POST /v1/models/size=200000:predict HTTP/1.1'),
  status: get('/v1/models/gold'),
  'leading zeros': post().replace('Length: 17', 'Length: 0017'),
  "a name of an object's own": post('constructor: x\r\nhasownproperty: y\r\n'),
};
const UNUSUAL: Readonly<Record<string, string>> = {
  'a path of others': get('/docs'),
  'the wrong token': post().replace('secret', 'guess'),
  'no token': post().replace(AUTH, ''),
  'HTTP/1.0': post().replace('HTTP/1.1', 'HTTP/1.0'),
  'HTTP/1.2': post().replace('HTTP/1.1', 'HTTP/1.2'),
  'HTTP/2.0': post().replace('HTTP/1.1', 'HTTP/2.0'),
  close: post('Connection: close\r\n'),
  'a connection header with two words': post('Connection: keep-alive, close\r\n'),
  chunks: post('Transfer-Encoding: chunked\r\n', '').replace('Content-Length: 0\r\n', '') + '3\r\nabc\r\n0\r\n\r\n',
  'chunks and a length': post('Transfer-Encoding: chunked\r\n', '3\r\nabc\r\n0\r\n\r\n'),
  identity: post('Transfer-Encoding: identity\r\n'),
  'two lengths that agree': post('Content-Length: 17\r\n'),
  'two lengths that do not': post('Content-Length: 3\r\n'),
  'a list of lengths': post().replace('Length: 17', 'Length: 17, 17'),
  'a length with a sign': post().replace('Length: 17', 'Length: +17'),
  'a length in hex': post().replace('Length: 17', 'Length: 0x11'),
  'a length past all numbers': post().replace('Length: 17', `Length: ${'9'.repeat(30)}`),
  'an empty length': post().replace('Length: 17', 'Length: '),
  'no length': post().replace(/Content-Length.*\r\n/, ''),
  'a length with GET': get('/v1/models/gold', 'Content-Length: 3\r\n') + 'abc',
  'a body that is counted': post('', 'x'.repeat(64 * 1024 + 1)),
  'a body that is too large': post('', 'x'.repeat(100_001)),
  continue: post('Expect: 100-continue\r\n'),
  'other expectations': post('Expect: miracles\r\n'),
  upgrade: post('Connection: upgrade\r\nUpgrade: websocket\r\n'),
  'no host': post().replace('Host: here\r\n', ''),
  'two hosts': post('Host: there\r\n'),
  'a header twice': post('Accept: a\r\nAccept: b\r\n'),
  'no space after the colon': post('X-A:b\r\n'),
  'a tab after the colon': post('X-A:\tb\r\n'),
  'spaces at the end': post('X-A: b  \r\n'),
  'a space before the colon': post('X-A : b\r\n'),
  'an empty value': post('X-A:\r\n'),
  'a name with an underscore': post('x_a: b\r\n'),
  'a name that is none': post('x(a): b\r\n'),
  "a proxy's connection": post('Proxy-Connection: close\r\n'),
  'a folded line': post('X-A: b\r\n c\r\n'),
  'a bare line feed': post('X-A: b\n'),
  'line feeds alone': post().replaceAll('\r\n', '\n'),
  'a carriage return in a value': post('X-A: b\rc\r\n'),
  'a zero byte': post('X-A: b\0c\r\n'),
  'bytes past ASCII': post('X-A: caf\xe9\r\n'),
  'an absolute target': post().replace(' /v1', ' http://here/v1'),
  'a target with a space': post().replace('gold', 'go ld'),
  'a target in quotes': post().replace('gold', '"gold"'),
  'a target past ASCII': post().replace('gold', 'g\xf6ld'),
  'a method in lower case': post().replace('POST', 'post'),
  'a method that is none': post().replace('POST', 'MAKE'),
  OPTIONS: post().replace('POST', 'OPTIONS'),
  HEAD: get('/v1/models/gold').replace('GET', 'HEAD'),
  'an empty line first': `\r\n${post()}`,
  'a long head': post(`X-A: ${'b'.repeat(9000)}\r\n`),
  'a head past all limits': post(`X-A: ${'b'.repeat(20_000)}\r\n`),
  TLS: '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
  'HTTP/2': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
};
const ALL = {...PLAIN, ...UNUSUAL};
const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');
const text = fc.constantFrom(...Object.values(ALL).filter(({length}) => length < 2000));

test.each(Object.entries(PLAIN))('a plain request is answered as node:http would: %s', async (_name, request) => {
  readByNode = 0;
  const answer = await same([bytes(request), bytes(request), bytes(post())]);
  expect(answer.match(/HTTP\/1.1 (200|404)/g)).toHaveLength(3);
  expect(readByNode).toBe(0);
});

test.each(Object.entries(UNUSUAL))('what is not plain goes to node:http: %s', async (_name, request) => {
  await same([bytes(request)]);
  await same([bytes(post()), bytes(request), bytes(post()), bytes(get('/v1/x'))]);
});

test('a request may come in any two pieces, after another or first, and its client may break off in between', async () => {
  for (const request of Object.values(ALL).filter(({length}) => length < 400)) {
    // Every byte of a head is a place of its own; of what is unusual, others are like those.
    const step = Object.values(PLAIN).includes(request) ? 1 : 5;
    for (let at = 1; at < request.length; at += step) {
      const [first, second] = [bytes(request.slice(0, at)), bytes(request.slice(at))];
      await same([first, second]);
      if (at % 7 === 0) await same([bytes(post()), first, second, bytes(post())]);
      if (at % 7 === 0) await same([first, null]);
    }
  }
}, 60_000);

test('requests may follow one another before they are answered, cut anywhere', async () => {
  const cut = fc.array(fc.nat(), {maxLength: 4});
  await fc.assert(
    fc.asyncProperty(fc.array(text, {minLength: 1, maxLength: 4}), cut, fc.boolean(), async (requests, cuts, end) => {
      const all = bytes(requests.join(''));
      const ends = [...new Set([...cuts.map(at => at % (all.length + 1)), all.length])].sort((a, b) => a - b);
      const pieces: (Buffer | null)[] = ends.map((at, i) => all.subarray(ends[i - 1] ?? 0, at));
      await same(end ? [...pieces, null] : pieces);
    }),
  );
});

test('no byte that is changed, left out or put in makes it answer otherwise than node:http', async () => {
  const nasty = fc.constantFrom(
    ...' \t\r\n\0:;,/?%"()\x7f\xff0+-aH',
    '\r\n',
    '\r\n\r\n',
    '\n\n',
    ': ',
    'chunked',
    '17',
    'x'.repeat(300),
  );
  const edit = fc.record({at: fc.nat(), drop: fc.nat({max: 3}), put: fc.oneof(fc.constant(''), nasty)});
  const plainOnes = fc.constantFrom(...Object.values(PLAIN).filter(({length}) => length < 2000));
  await fc.assert(
    fc.asyncProperty(plainOnes, fc.array(edit, {minLength: 1, maxLength: 3}), async (request, edits) => {
      const edited = edits.reduce((sofar, {at, drop, put}) => {
        const from = at % sofar.length;
        return sofar.slice(0, from) + put + sofar.slice(from + drop);
      }, request);
      await same([bytes(edited), bytes(post())]);
    }),
    {numRuns: 1000},
  );
});
