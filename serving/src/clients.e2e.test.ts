import {execFile} from 'node:child_process';
import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {connect} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import {gzipSync} from 'node:zlib';
import {PYTHON, testModels} from './testing/models.js';
import {get, post, ready, startServer, type RunningServer} from './testing/server.js';

const run = promisify(execFile);
const script = (name: string): string => fileURLToPath(new URL(`../testing/${name}`, import.meta.url));
const OFFICIAL_CLIENT = script('official_client.py');
const HALF = 'v1/models/saved_model_half_plus_two_cpu';

let folder: string;
let server: RunningServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ingot-clients-'));
  const monitoring = join(folder, 'monitoring.txt');
  await writeFile(monitoring, 'prometheus_config { enable: true path: "/monitoring/prometheus/metrics" }');
  server = await startServer(
    `--model_root=${await testModels()}`,
    `--monitoring_config_file=${monitoring}`,
    '--rest_api_enable_cors_support',
    '--rest_api_max_body_bytes=20000000',
  );
  await ready(server);
}, 180_000);

afterAll(async () => {
  await server.stop('SIGKILL');
  await rm(folder, {recursive: true});
});

test("TensorFlow Serving's own Python client gets every dtype and every call", async () => {
  const {stdout} = await run(PYTHON, [OFFICIAL_CLIENT, server.grpcAddress]);
  expect(stdout.trim()).toBe('ok');
}, 120_000);

test("gRPC's own client: compression, large messages, deadlines, cancelling, streams, many calls at once", async () => {
  expect((await run(PYTHON, [script('grpc_client.py'), server.grpcAddress])).stdout.trim()).toBe('ok');
}, 120_000);

test("Triton's own clients get every dtype, as text and as bytes, compressed and streamed, over HTTP and gRPC", async () => {
  const {stdout} = await run(PYTHON, [script('triton_client.py'), new URL(server.url).host, server.grpcAddress]);
  expect(stdout.trim()).toBe('ok');
}, 120_000);

test("TensorFlow's profiler client captures the ops that requests run", async () => {
  const {stdout} = await run(PYTHON, [script('profiler_client.py'), server.grpcAddress, join(folder, 'profile')]);
  expect(stdout.trim().split('\n').at(-1)).toBe('ok');
}, 120_000);

test('a client that has no .proto file learns the services by reflection', async () => {
  expect((await run(PYTHON, [script('reflection_client.py'), server.grpcAddress])).stdout.trim()).toBe('ok');
}, 120_000);

test('a serialized PredictRequest is answered over HTTP with a PredictResponse', async () => {
  expect((await run(PYTHON, [script('protobuf_over_http.py'), server.url])).stdout.trim()).toBe('ok');
}, 120_000);

test('curl gets what the documentation shows', async () => {
  const {stdout} = await run('curl', ['-sS', '-d', '{"instances": [1.0, 2.0, 5.0]}', `${server.url}/${HALF}:predict`]);
  expect(stdout).toBe('{\n    "predictions": [2.5, 3.0, 4.5\n    ]\n}');
});

test('inputs and outputs of several tensors, strings and bytes', async () => {
  const {text} = await post(
    `${server.url}/v1/models/mixed:predict`,
    '{"instances": [{"number": [1, 2], "text": "ä"}, {"number": [3, 4], "text": {"b64": "YQ=="}}]}',
  );
  expect(JSON.parse(text)).toEqual({
    predictions: [
      {sum: 3, text: 'ää', text_bytes: {b64: 'w6Q='}},
      {sum: 7, text: 'aa', text_bytes: {b64: 'YQ=='}},
    ],
  });
});

test('gzipped requests are inflated, and answers are gzipped when asked for', async () => {
  const values = Array.from({length: 2000}, (_, i) => i);
  const body = gzipSync(JSON.stringify({instances: values}));
  const {status, text, headers} = await post(`${server.url}/${HALF}:predict`, body, {
    'content-encoding': 'gzip',
    'accept-encoding': 'gzip',
  });
  expect(status).toBe(200);
  expect(headers.get('content-encoding')).toBe('gzip');
  expect((JSON.parse(text) as {predictions: number[]}).predictions[1999]).toBe(1001.5);
  const broken = await post(`${server.url}/${HALF}:predict`, 'not gzip', {'content-encoding': 'gzip'});
  expect([broken.status, JSON.parse(broken.text)]).toEqual([400, {error: 'JSON Parse error: The document is empty'}]);
});

test('a body over the limit is refused before it is read', async () => {
  const {status, text} = await post(`${server.url}/${HALF}:predict`, Buffer.alloc(20_000_001, ' '));
  expect([status, text]).toEqual([413, expect.stringContaining('larger than 20000000 bytes')]);
});

test('a client that asks before it sends is told at once that the body is too large', async () => {
  const {port, hostname} = new URL(server.url);
  const socket = connect(Number(port), hostname);
  const size = 20_000_001;
  socket.end(`POST /${HALF}:predict HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: ${size}\r\n\r\n`);
  let reply = '';
  for await (const chunk of socket) reply += String(chunk);
  expect(reply).toMatch(/^HTTP\/1\.1 413 /);
  const large = join(folder, 'large.json');
  await writeFile(large, `{"instances": [${new Array(400_000).fill('1.0').join()}]}`);
  const {stdout} = await run(
    'curl',
    ['-sS', '-H', 'expect: 100-continue', '-d', `@${large}`, `${server.url}/${HALF}:predict`],
    {
      maxBuffer: 1 << 25,
    },
  );
  expect((JSON.parse(stdout) as {predictions: number[]}).predictions.length).toBe(400_000);
});

test('a target with scheme and host is the same target', async () => {
  const {stdout} = await run('curl', ['-sS', '--request-target', `http://other/${HALF}`, server.url]);
  expect(stdout).toContain('"state": "AVAILABLE"');
});

test('CORS, query strings, the list of models, health and documentation', async () => {
  const preflight = await fetch(`${server.url}/${HALF}:predict`, {method: 'OPTIONS', headers: {origin: 'http://a'}});
  expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([200, '*']);
  expect((await post(`${server.url}/${HALF}:predict?key=1`, '{"inputs": 2}')).text).toContain('3.0');
  const listed = JSON.parse((await get(`${server.url}/v1/models`)).text) as {models: {name: string}[]};
  expect(listed.models.map(({name}) => name)).toContain('mixed');
  for (const path of ['livez', 'readyz', 'healthz', 'docs', 'openapi.json', 'v2/health/ready']) {
    expect([path, (await get(`${server.url}/${path}`)).status]).toEqual([path, 200]);
  }
});

test("metrics have TensorFlow Serving's names where its configuration wants them", async () => {
  await post(`${server.url}/${HALF}:predict`, '{"inputs": 2}');
  const {text, headers} = await get(`${server.url}/monitoring/prometheus/metrics`);
  expect(headers.get('content-type')).toBe('text/plain');
  expect(text).toMatch(
    /:tensorflow:serving:request_count\{model_name="saved_model_half_plus_two_cpu",status="OK"\} \d+/,
  );
  expect(text).toContain(':tensorflow:serving:request_latency_bucket{');
  expect(text).toMatch(/^# TYPE :tensorflow:cc:saved_model:load_latency counter$/m);
  expect(text).toMatch(
    /^ingot_run_seconds_count\{model="saved_model_half_plus_two_cpu",signature="serving_default"\} \d+/m,
  );
  expect(text).toMatch(/^ingot_build_info\{version="\d+\.\d+\.\d+",node="/m);
});

test('examples are counted as TensorFlow Serving counts them', async () => {
  const examples = '{"signature_name": "regress_x_to_y", "examples": [{"x": 1.0}, {"x": 2.0}, {"x": 3.0}]}';
  await post(`${server.url}/v1/models/saved_model_half_plus_three:regress`, examples);
  const {text} = await get(`${server.url}/metrics`);
  const model = 'model="saved_model_half_plus_three"';
  expect(text).toContain(`:tensorflow:serving:request_example_count_total{${model}} 3\n`);
  expect(text).toContain(`:tensorflow:serving:request_example_counts_bucket{${model},le="2"} 0\n`);
  expect(text).toContain(`:tensorflow:serving:request_example_counts_bucket{${model},le="4"} 1\n`);
});

test('Open Inference Protocol V2: JSON, binary tensors, metadata', async () => {
  const url = `${server.url}/v2/models/saved_model_half_plus_two_cpu`;
  expect(JSON.parse((await get(url)).text)).toMatchObject({versions: ['123'], inputs: [{name: 'x', datatype: 'FP32'}]});
  const request = {id: 'a', inputs: [{name: 'x', shape: [1, 2], datatype: 'FP32', data: [[1, 2.5]]}]};
  expect(JSON.parse((await post(`${url}/versions/123/infer`, JSON.stringify(request))).text)).toEqual({
    id: 'a',
    model_name: 'saved_model_half_plus_two_cpu',
    model_version: '123',
    outputs: [{name: 'y', datatype: 'FP32', shape: [1, 2], data: [2.5, 3.25]}],
  });
  const header = JSON.stringify({
    inputs: [{name: 'x', shape: [2], datatype: 'FP32', parameters: {binary_data_size: 8}}],
    parameters: {binary_data_output: true},
  });
  const body = Buffer.concat([Buffer.from(header), Buffer.from(Float32Array.of(1, 2.5).buffer)]);
  const response = await fetch(`${url}/infer`, {
    method: 'POST',
    body,
    headers: {'inference-header-content-length': String(header.length)},
  });
  const bytes = Buffer.from(await response.arrayBuffer());
  const length = Number(response.headers.get('inference-header-content-length'));
  expect([...new Float32Array(new Uint8Array(bytes.subarray(length)).buffer)]).toEqual([2.5, 3.25]);
  expect(
    (await post(`${url}/infer`, '{"inputs": [{"name": "x", "shape": [3], "datatype": "FP32", "data": [1]}]}')).status,
  ).toBe(400);
});

test('V2: a body that is nothing but the values of the one input is answered in bytes', async () => {
  const headers = {'inference-header-content-length': '0'};
  const ask = (model: string, body: Buffer): Promise<Response> =>
    fetch(`${server.url}/v2/models/${model}/infer`, {method: 'POST', body: new Uint8Array(body), headers});
  const response = await ask('saved_model_half_plus_two_cpu', Buffer.from(Float32Array.of(1, 2.5).buffer));
  const bytes = Buffer.from(await response.arrayBuffer());
  const values = bytes.subarray(Number(response.headers.get('inference-header-content-length')));
  expect([...new Float32Array(new Uint8Array(values).buffer)]).toEqual([2.5, 3.25]);
  expect(await (await ask('saved_model_half_plus_two_cpu', Buffer.alloc(7))).text()).toContain('has 7 bytes');
  expect(await (await ask('mixed', Buffer.alloc(8))).text()).toContain('this one has 2');
});

test('V2: bytes that are no text are refused as JSON, never written as broken JSON', async () => {
  const header = JSON.stringify({
    parameters: {signature_name: 'string'},
    inputs: [{name: 'x', shape: [1], datatype: 'BYTES', parameters: {binary_data_size: 5}}],
  });
  const body = Buffer.concat([Buffer.from(header), Buffer.from([1, 0, 0, 0, 0xff])]);
  const headers = {'inference-header-content-length': String(header.length)};
  const {status, text} = await post(`${server.url}/v2/models/identity/infer`, body, headers);
  expect([status, text]).toEqual([400, expect.stringContaining('ask for it with')]);
  expect((await get(`${server.url}/v2/`)).status).toBe(200);
});

test('V2 requests are counted, too', async () => {
  const request = {inputs: [{name: 'x', shape: [1], datatype: 'FP32', data: [1]}]};
  await post(`${server.url}/v2/models/saved_model_half_plus_three/infer`, JSON.stringify(request));
  const {text} = await get(`${server.url}/metrics`);
  expect(text).toMatch(
    /ingot_requests_total\{model="saved_model_half_plus_three",version="\d+",api="infer",entrypoint="REST",code="OK"\} 1/,
  );
});
