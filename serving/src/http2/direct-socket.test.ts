import {once} from 'node:events';
import {connect, createServer, type AddressInfo, type Socket} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {PassThrough} from 'node:stream';
import {readDirectly} from './direct-socket.js';

const CLIENTS = 12;
/** More than one read brings. */
const PIECE = 100_000;
const PIECES = 5;

test.each(['a port', 'a unix socket'])(
  'what many send at once to %s comes to each as it was sent, and stays so when more is read',
  async kind => {
    const got: Buffer[][] = [];
    let open = 0;
    const server = createServer({pauseOnConnect: true}, accepted => {
      const mine: Buffer[] = [];
      got.push(mine);
      open++;
      const socket = readDirectly(accepted, bytes => {
        mine.push(bytes);
        socket.write(String(bytes.length) + '\n');
      });
      socket.on('error', () => undefined).on('close', () => open--);
    });
    const path = join(tmpdir(), `ingot-direct-${process.pid}.sock`);
    await once(kind === 'a port' ? server.listen(0, '127.0.0.1') : server.listen(path), 'listening');
    const clients = Array.from({length: CLIENTS}, () =>
      kind === 'a port' ? connect((server.address() as AddressInfo).port, '127.0.0.1') : connect(path),
    );
    const answered = clients.map(confirmed);
    for (let piece = 0; piece < PIECES; piece++) {
      clients.forEach((client, i) => client.write(Buffer.alloc(PIECE, i * PIECES + piece + 1)));
    }
    expect(await Promise.all(answered)).toEqual(clients.map(() => PIECE * PIECES));
    const firsts = got.map(parts => {
      const whole = Buffer.concat(parts);
      const first = whole.readUInt8(0);
      for (let piece = 0; piece < PIECES; piece++) {
        expect(whole.subarray(piece * PIECE, (piece + 1) * PIECE).equals(Buffer.alloc(PIECE, first + piece))).toBe(
          true,
        );
      }
      return first;
    });
    expect(new Set(firsts).size).toBe(CLIENTS);
    // One who says that it is through is answered in kind; the server counts all of them out.
    const closed = new Promise<void>(resolve => server.close(() => resolve()));
    clients.forEach((client, i) => (i % 2 === 0 ? client.end() : client.destroy()));
    await closed;
    for (const client of clients) client.destroy();
    expect(open).toBe(0);
  },
);

test('a socket that has no handle is read as it is', async () => {
  const socket = new PassThrough();
  const got: Buffer[] = [];
  expect(readDirectly(socket as unknown as Socket, bytes => got.push(bytes))).toBe(socket);
  socket.write('a');
  await once(socket.end('b'), 'close');
  expect(Buffer.concat(got).toString()).toBe('ab');
});

/** How many bytes the server has had of a client, once it has had all. */
async function confirmed(client: Socket): Promise<number> {
  let [text, total] = ['', 0];
  for await (const chunk of client.iterator({destroyOnReturn: false})) {
    const lines = (text + String(chunk)).split('\n');
    text = lines.pop() as string;
    total = lines.reduce((sum, line) => sum + Number(line), total);
    if (total >= PIECE * PIECES) break;
  }
  return total;
}
