import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {LOAD_CORE, othersMs, output} from './process.mjs';

/**
 * One round of wrk: requests a second, p50 and p99 in ms, the server's CPU time a request in ms, answers that were no 2xx,
 * connections that failed, and what others had of the machine (1 for a whole core). With `paths`, requests go to each of them in turn.
 */
export async function measure({url, body, connections, seconds, type = 'application/json', paths = []}, server) {
  const folder = mkdtempSync(join(tmpdir(), 'ingot-load-'));
  try {
    writeFileSync(join(folder, 'body'), body);
    const script = SCRIPT.replace('FILE', join(folder, 'body')).replace('TYPE', type);
    const list = paths.map(path => JSON.stringify(path)).join();
    writeFileSync(join(folder, 'post.lua'), script + (paths.length > 0 ? IN_TURN.replace('PATHS', list) : ''));
    const [cpu, others] = [server.cpuMs(), othersMs()];
    const args = ['-c', LOAD_CORE, 'wrk', '-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '30s', '--latency'];
    const text = await output('taskset', [...args, '-s', join(folder, 'post.lua'), url]);
    const used = server.cpuMs() - cpu;
    const taken = othersMs() - others - used;
    const requests = Number(/(\d+) requests in/.exec(text)[1]);
    return {
      requests,
      perSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(text)[1]),
      p50: milliseconds(/^ +50% +(\S+)/m.exec(text)[1]),
      p99: milliseconds(/^ +99% +(\S+)/m.exec(text)[1]),
      cpuMs: used / requests,
      errors: Number(/Non-2xx or 3xx responses: (\d+)/.exec(text)?.[1] ?? 0),
      failed: /Socket errors: (.*)/.exec(text)?.[1] ?? '',
      others: taken / (seconds * 1000),
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

const PREDICT = '/tensorflow.serving.PredictionService/Predict';
const PREFIX_BYTES = 5;

/**
 * The same for gRPC Predict, by h2load (of nghttp2): from so many connections with so many calls each at a time. A client in
 * JavaScript takes as long for a call as the server does, so that the server waits for it: up to a twentieth was lost so.
 * Which calls went well is what the server counts, since h2load does not look at gRPC's status.
 */
export async function measureGrpc({body, connections, streams = 1, seconds}, server) {
  const folder = mkdtempSync(join(tmpdir(), 'ingot-load-'));
  try {
    const prefix = Buffer.alloc(PREFIX_BYTES);
    prefix.writeUInt32BE(body.length, 1);
    writeFileSync(join(folder, 'body'), Buffer.concat([prefix, body]));
    const files = ['-d', join(folder, 'body'), `--log-file=${join(folder, 'log')}`];
    const headers = ['-H', 'content-type: application/grpc', '-H', 'te: trailers'];
    const load = ['-t1', `-c${connections}`, `-m${streams}`, `-D${seconds}`, ...files, ...headers];
    const url = `http://127.0.0.1:${server.grpcPort}${PREDICT}`;
    const [good, cpu, others] = [await answeredWell(server), server.cpuMs(), othersMs()];
    const text = await output('taskset', ['-c', LOAD_CORE, 'h2load', ...load, url]);
    const used = server.cpuMs() - cpu;
    const taken = othersMs() - others - used;
    const requests = Number(/(\d+) succeeded/.exec(text)[1]);
    // What was under way at the end is the server's, not the client's.
    const errors = Math.max(0, requests - ((await answeredWell(server)) - good));
    const log = readFileSync(join(folder, 'log'), 'latin1').trimEnd().split('\n');
    const times = Float64Array.from(log, line => Number(line.split('\t')[2]) / 1000).sort();
    const at = share => times[Math.floor((times.length - 1) * share)];
    const latency = {p50: at(0.5), p99: at(0.99)};
    const cost = {cpuMs: used / requests, others: taken / (seconds * 1000)};
    return {requests, perSecond: requests / seconds, ...latency, ...cost, errors};
  } finally {
    rmSync(folder, {recursive: true});
  }
}

/** Less of a core than this leaves latencies as they are. */
const QUIET = 0.05;
const MOST_TRIES = 3;

/**
 * A round that others did not disturb: it is asked again, a few times, where they had more than a little of the machine. One
 * process that computes beside makes p99 several times what it is: it keeps its core for up to 8 ms, whoever waits for it.
 */
export async function undisturbed(ask) {
  let best;
  for (let i = 0; i < MOST_TRIES; i++) {
    const round = await ask();
    if (best === undefined || round.others < best.others) best = round;
    if (best.others <= QUIET) break;
  }
  return best;
}

/** How many gRPC calls a server has answered with OK. */
async function answeredWell(server) {
  const text = await (await fetch(new URL('/metrics', server.url('')))).text();
  const lines = text.split('\n').filter(line => /^ingot_requests_total{.*entrypoint="GRPC".*code="OK"/.test(line));
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
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
