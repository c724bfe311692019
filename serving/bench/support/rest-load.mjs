// Load for an HTTP/1.1 server that tells when each request was answered: `node rest-load.mjs URL BODY_FILE CONNECTIONS SECONDS`
// keeps one request on each connection under way, and prints what `measureBySecond` (load.mjs) gives.
import {readFileSync} from 'node:fs';
import {connect, createServer} from 'node:net';
import {once} from 'node:events';

const [url, file, connections, seconds] = process.argv.slice(2);
const {hostname, port, pathname} = new URL(url);
const body = readFileSync(file);
const head = `POST ${pathname} HTTP/1.1\r\nHost: ${hostname}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
const request = Buffer.concat([Buffer.from(head), body]);

await practise();
const began = performance.now();
const {answers, failed} = await load(port, hostname, Number(connections), Number(seconds) * 1000);
const bySecond = Array.from({length: Number(seconds)}, (_, i) =>
  summary(answers.filter(({at}) => Math.floor((at - began) / 1000) === i)),
);
console.log(JSON.stringify({failed, whole: summary(answers), bySecond}));

/** This process's own first requests are slow, too: they go to a server of its own. */
async function practise() {
  const answer = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}';
  const server = createServer(socket => {
    let got = 0;
    socket.on('data', chunk => {
      for (got += chunk.length; got >= request.length; got -= request.length) socket.write(answer);
    });
    socket.on('error', () => undefined);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  await load(server.address().port, '127.0.0.1', 4, 700);
  server.close();
}

async function load(toPort, host, count, ms) {
  const answers = [];
  let failed = 0;
  const end = performance.now() + ms;
  const connection = () =>
    new Promise((resolve, reject) => {
      const socket = connect({port: Number(toPort), host, noDelay: true});
      let started = 0;
      let got = '';
      let wanted = -1;
      const ask = () => {
        started = performance.now();
        socket.write(request);
      };
      socket.on('connect', ask);
      socket.on('data', chunk => {
        got += chunk.latin1Slice();
        if (wanted < 0) {
          const split = got.indexOf('\r\n\r\n');
          if (split < 0) return;
          wanted = split + 4 + Number(/content-length: (\d+)/i.exec(got)[1]);
        }
        if (got.length < wanted) return;
        if (!got.startsWith('HTTP/1.1 200')) failed++;
        got = '';
        wanted = -1;
        const at = performance.now();
        answers.push({at, ms: at - started});
        if (at < end) ask();
        else resolve(socket.destroy());
      });
      socket.on('error', reject);
    });
  await Promise.all(Array.from({length: count}, connection));
  return {answers, failed};
}

function summary(some) {
  const times = some.map(({ms}) => ms).sort((a, b) => a - b);
  const at = share => times[Math.floor((times.length - 1) * share)] ?? null;
  return {requests: times.length, p50: at(0.5), p99: at(0.99), most: at(1)};
}
