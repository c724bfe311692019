import {execFile} from 'node:child_process';
import {existsSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {promisify} from 'node:util';
import {PYTHON, testModels} from '../testing/models.js';
import {get, memoryMb, post, ready, startServer, type RunningServer} from '../testing/server.js';
import {badConnections} from './connections.js';
import {fuzzGrpc} from './grpc.js';
import {fuzzHuge} from './huge.js';
import {fuzzNumbers} from './numbers.js';
import {fuzzRest} from './rest.js';
import {fuzzScanner} from './scanner.js';

const run = promisify(execFile);

export interface FuzzPlan {
  /** How many inputs of each kind. */
  readonly numbers: number;
  readonly scanner: number;
  readonly rest: number;
  readonly grpc: number;
  /** Half-open connections at each door, slow senders, and calls that stop in the middle; all are there at once. */
  readonly connections: number;
  /** Send bodies and messages of up to 256 MB, too. */
  readonly huge: boolean;
  /** Examples for each operation of the OpenAPI document; 0 leaves schemathesis out. */
  readonly schemathesis: number;
  readonly seed: number;
  readonly say: (text: string) => void;
}

/** What the server may hold more at the end than after it had warmed up, beside a fifth, in MB. */
const SLACK_MB = 96;

/**
 * Attacks a server of its own by all doors.
 * @throws Error on the first wrong answer, crash, or growth of the memory of the server and its engine
 */
export async function fuzz(plan: FuzzPlan): Promise<void> {
  const {numbers, scanner, rest, grpc, connections, huge, schemathesis, seed, say} = plan;
  fuzzNumbers(numbers, seed);
  say(`${numbers} lists of numbers for the scanner`);
  fuzzScanner(scanner, seed);
  say(`${scanner} broken bodies for the scanner`);
  const server = await startServer(
    `--model_root=${await testModels()}`,
    `--rest_api_request_timeout_in_ms=${PATIENCE_MS}`,
  );
  const restAddress = new URL(server.url).host;
  try {
    await ready(server);
    // What is sent for the first time makes the server larger once.
    await fuzzRest(server.url, Math.ceil(rest / 10), seed + 1000);
    await fuzzGrpc(server.grpcAddress, Math.ceil(grpc / 10), seed + 2000);
    if (huge) await fuzzHuge(server.url, server.grpcAddress);
    const before = await memoryMb(server);
    const close = badConnections(restAddress, server.grpcAddress, connections, seed);
    await fuzzRest(server.url, rest, seed + 3000);
    say(`${rest} requests for the REST door`);
    await fuzzGrpc(server.grpcAddress, grpc, seed + 4000);
    say(`${grpc} messages for the gRPC door, beside ${connections} slow and ${2 * connections} half-open connections`);
    close();
    if (huge) say(`${await fuzzHuge(server.url, server.grpcAddress)} huge bodies and messages`);
    if (schemathesis > 0) await runSchemathesis(server, schemathesis, say);
    await stillWell(server);
    const after = await memoryMb(server);
    say(`memory of server and engine: ${Math.round(before)} MB before, ${Math.round(after)} MB after`);
    if (after > before * 1.2 + SLACK_MB) throw new Error('the memory of the server has grown');
  } finally {
    await server.stop('SIGKILL');
  }
}

/** How long a request may take to arrive: slow senders are cut off while the others are answered. */
const PATIENCE_MS = 15_000;

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
