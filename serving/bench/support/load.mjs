import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {LOAD_CORE, output} from './process.mjs';

/**
 * One round of wrk: requests a second, p50 and p99 in ms, the server's CPU time a request in ms, answers that were no 2xx, and
 * connections that failed. With `paths`, requests go to each of them in turn.
 */
export async function measure({url, body, connections, seconds, type = 'application/json', paths = []}, server) {
  const folder = mkdtempSync(join(tmpdir(), 'ingot-load-'));
  try {
    writeFileSync(join(folder, 'body'), body);
    const script = SCRIPT.replace('FILE', join(folder, 'body')).replace('TYPE', type);
    const list = paths.map(path => JSON.stringify(path)).join();
    writeFileSync(join(folder, 'post.lua'), script + (paths.length > 0 ? IN_TURN.replace('PATHS', list) : ''));
    const cpu = server.cpuMs();
    const args = ['-c', LOAD_CORE, 'wrk', '-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '30s', '--latency'];
    const text = await output('taskset', [...args, '-s', join(folder, 'post.lua'), url]);
    const used = server.cpuMs() - cpu;
    const requests = Number(/(\d+) requests in/.exec(text)[1]);
    return {
      requests,
      perSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(text)[1]),
      p50: milliseconds(/^ +50% +(\S+)/m.exec(text)[1]),
      p99: milliseconds(/^ +99% +(\S+)/m.exec(text)[1]),
      cpuMs: used / requests,
      errors: Number(/Non-2xx or 3xx responses: (\d+)/.exec(text)?.[1] ?? 0),
      failed: /Socket errors: (.*)/.exec(text)?.[1] ?? '',
    };
  } finally {
    rmSync(folder, {recursive: true});
  }
}

const REST_LOAD = join(import.meta.dirname, 'rest-load.mjs');

/** Requests, p50, p99 and the longest in ms, of the whole load and of each of its seconds. */
export async function measureBySecond({url, body, connections, seconds}) {
  const folder = mkdtempSync(join(tmpdir(), 'ingot-load-'));
  try {
    writeFileSync(join(folder, 'body'), body);
    const load = [url, join(folder, 'body'), connections, seconds];
    return JSON.parse(await output('taskset', ['-c', LOAD_CORE, process.execPath, REST_LOAD, ...load]));
  } finally {
    rmSync(folder, {recursive: true});
  }
}

const GRPC_LOAD = join(import.meta.dirname, 'grpc-load.mjs');
const PREDICT = '/tensorflow.serving.PredictionService/Predict';

/** The same for gRPC Predict, from so many connections with so many calls each at a time. */
export async function measureGrpc({body, connections, streams = 1, seconds}, server) {
  const folder = mkdtempSync(join(tmpdir(), 'ingot-load-'));
  try {
    writeFileSync(join(folder, 'body'), body);
    const cpu = server.cpuMs();
    const load = [`127.0.0.1:${server.grpcPort}`, PREDICT, join(folder, 'body'), connections, streams, seconds];
    const text = await output('taskset', ['-c', LOAD_CORE, process.execPath, GRPC_LOAD, ...load]);
    const used = server.cpuMs() - cpu;
    const {requests, failed, p50, p99} = JSON.parse(text);
    return {requests, perSecond: requests / seconds, p50, p99, cpuMs: used / requests, errors: failed};
  } finally {
    rmSync(folder, {recursive: true});
  }
}

const SCRIPT = `local file = io.open("FILE", "rb")
wrk.method = "POST"
wrk.headers["Content-Type"] = "TYPE"
wrk.body = file:read("*a")
`;

const IN_TURN = `local paths = {PATHS}
local turn = 0
request = function()
  turn = turn % #paths + 1
  return wrk.format(nil, paths[turn])
end
`;

function milliseconds(text) {
  // wrk has no times to show where nothing was answered.
  const [, number, unit] = /^([\d.]+)(us|ms|s|m)$/.exec(text) ?? [text, NaN, 'ms'];
  return Number(number) * {us: 0.001, ms: 1, s: 1000, m: 60_000}[unit];
}
