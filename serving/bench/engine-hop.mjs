// What it would cost to run models in a process of their own: a batch of digits there and its answers back over a Unix
// socket, against nothing at all. `node serving/bench/engine-hop.mjs`
import {fork} from 'node:child_process';
import {once} from 'node:events';
import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {connect, createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {HOME} from './lib/models.mjs';
import {median} from './lib/statistics.mjs';

const ANSWER_BYTES = 40;
const ROW_BYTES = 784 * 4;

if (process.argv[2] === 'engine') {
  const server = createServer(socket => {
    let expected = 0;
    let got = 0;
    socket.on('data', chunk => {
      got += chunk.length;
      if (expected === 0) expected = chunk.readUInt32LE(0);
      if (got < expected) return;
      socket.write(Buffer.alloc(((expected - 4) / ROW_BYTES) * ANSWER_BYTES));
      [expected, got] = [0, 0];
    });
  });
  server.listen(process.argv[3], () => process.send('listening'));
} else {
  const folder = mkdtempSync(join(tmpdir(), 'ingot-hop-'));
  const path = join(folder, 'engine');
  const engine = fork(import.meta.filename, ['engine', path]);
  await once(engine, 'message');
  const socket = connect(path);
  await once(socket, 'connect');
  const table = [];
  for (const rows of [1, 16, 64]) {
    const message = Buffer.alloc(4 + rows * ROW_BYTES);
    message.writeUInt32LE(message.length, 0);
    const times = [];
    for (let i = 0; i < 2000; i++) {
      const started = performance.now();
      socket.write(message);
      for (let got = 0; got < rows * ANSWER_BYTES;) got += (await once(socket, 'data'))[0].length;
      times.push((performance.now() - started) * 1000);
    }
    times.sort((a, b) => a - b);
    table.push({rows, 'p50 µs': median(times), 'p99 µs': times[Math.floor(times.length * 0.99)]});
  }
  console.table(table);
  mkdirSync(join(HOME, 'bench'), {recursive: true});
  writeFileSync(
    join(HOME, 'bench/serving-engine-hop.json'),
    JSON.stringify({at: new Date().toISOString(), table}, null, 1),
  );
  socket.destroy();
  engine.kill();
  rmSync(folder, {recursive: true});
}
