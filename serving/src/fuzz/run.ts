import {execFile} from 'node:child_process';
import {existsSync} from 'node:fs';
import {readFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {promisify} from 'node:util';
import {PYTHON, testModels} from '../testing/models.js';
import {get, post, ready, startServer, type RunningServer} from '../testing/server.js';
import {brokenConnections, fuzzGrpc} from './grpc.js';
import {fuzzRest} from './rest.js';
import {fuzzScanner} from './scanner.js';

const run = promisify(execFile);

export interface FuzzPlan {
  /** How many inputs of each kind. */
  readonly scanner: number;
  readonly rest: number;
  readonly grpc: number;
  /** Examples for each operation of the OpenAPI document; 0 leaves schemathesis out. */
  readonly schemathesis: number;
  readonly seed: number;
  readonly say: (text: string) => void;
}

/** What the server may hold more at the end than after it had warmed up, beside a fifth. */
const SLACK_BYTES = 96 * 1024 * 1024;

/**
 * Attacks a server of its own by all doors.
 * @throws Error on the first wrong answer, crash, or growth of its memory
 */
export async function fuzz({scanner, rest, grpc, schemathesis, seed, say}: FuzzPlan): Promise<void> {
  fuzzScanner(scanner, seed);
  say(`${scanner} bodies for the scanner`);
  const server = await startServer(`--model_root=${await testModels()}`);
  try {
    await ready(server);
    await fuzzRest(server.url, Math.ceil(rest / 10), seed + 1000);
    await fuzzGrpc(server.grpcAddress, Math.ceil(grpc / 10), seed + 2000);
    const before = await residentBytes(server);
    const close = [
      brokenConnections(server.url.replace('http://', ''), 50, seed),
      brokenConnections(server.grpcAddress, 50, seed),
    ];
    await fuzzRest(server.url, rest, seed + 3000);
    say(`${rest} requests for the REST door`);
    await fuzzGrpc(server.grpcAddress, grpc, seed + 4000);
    say(`${grpc} messages for the gRPC door`);
    close.forEach(end => end());
    if (schemathesis > 0) await runSchemathesis(server, schemathesis, say);
    await stillWell(server);
    const after = await residentBytes(server);
    say(`memory: ${megabytes(before)} before, ${megabytes(after)} after`);
    if (after > before * 1.2 + SLACK_BYTES) throw new Error('the memory of the server has grown');
  } finally {
    await server.stop('SIGKILL');
  }
}

async function stillWell(server: RunningServer): Promise<void> {
  const {status, text} = await post(`${server.url}/v1/models/saved_model_half_plus_two_cpu:predict`, '{"inputs": 2}');
  if (status !== 200 || (JSON.parse(text) as {outputs: number}).outputs !== 3) throw new Error(`it answers ${text}`);
  if ((await get(`${server.url}/readyz`)).status !== 200) throw new Error('it is not ready any more');
}

async function runSchemathesis(server: RunningServer, examples: number, say: (text: string) => void): Promise<void> {
  const program = join(dirname(PYTHON), 'schemathesis');
  if (!existsSync(program)) throw new Error(`${program} is missing; \`npm test\` installs it`);
  const args = ['run', `${server.url}/openapi.json`, '--checks', 'not_a_server_error,status_code_conformance'];
  const limits = ['--max-examples', String(examples), '--phases', 'fuzzing', '--request-timeout', '60', '--no-color'];
  try {
    const {stdout} = await run(program, [...args, ...limits], {maxBuffer: 64 * 1024 * 1024});
    say(stdout.trim().split('\n').at(-1)?.replace(/=+/g, '').trim() ?? 'schemathesis');
  } catch (error) {
    throw new Error(`schemathesis: ${(error as {stdout?: string}).stdout ?? String(error)}`, {cause: error});
  }
}

async function residentBytes({process: {pid}}: RunningServer): Promise<number> {
  const text = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/VmRSS:\s*(\d+) kB/.exec(text)?.[1] ?? 0) * 1024;
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1024 / 1024)} MB`;
}
