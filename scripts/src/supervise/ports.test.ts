import net from 'node:net';
import {freePort, isFree, listeningInodes, portHolder} from './ports.js';

test('a port in use is reported with the process that holds it', async () => {
  const port = await freePort();
  expect(await isFree(port, '127.0.0.1')).toBe(true);
  const server = net.createServer().listen(port, '127.0.0.1');
  await new Promise(resolve => server.once('listening', resolve));
  try {
    expect(await isFree(port, '127.0.0.1')).toBe(false);
    expect(await portHolder(port)).toContain(`process ${process.pid}`);
  } finally {
    server.close();
  }
});

test('only listening sockets of exactly this port count', () => {
  const table = [
    '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
    '   0: 0100007F:22B8 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 111 1',
    '   1: 0100007F:22B8 0100007F:9C40 01 00000000:00000000 00:00000000 00000000     0        0 222 1',
    '   2: 0100007F:22B9 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 333 1',
  ].join('\n');
  expect(listeningInodes(table, 8888)).toEqual(['111']);
});
