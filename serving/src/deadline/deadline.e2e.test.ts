import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {get, post, ready, startServer, type Answer, type RunningServer} from '../testing/server.js';
import {HALF_PLUS, testVolume, type TestVolume} from '../testing/volume.js';

/** More turns of a loop than any machine makes in a day. */
const FOREVER = '4611686018427387904';
/** Long enough for the head and the body of a small request to be read on any machine. */
const SHORT = '300m';

let volume: TestVolume;
let server: RunningServer;

beforeAll(async () => {
  volume = await testVolume();
  await volume.publish('moody', 1, 'moody/1');
  await volume.publish('half', 1, HALF_PLUS[3]);
}, 180_000);
afterEach(() => server.stop('SIGKILL'));
afterAll(() => volume.remove());

async function start(...flags: string[]): Promise<void> {
  server = await startServer(`--model_root=${volume.root}`, ...flags);
  await ready(server);
}

const count = (headers: Record<string, string>, path = '/v1/models/moody:predict'): Promise<Answer> =>
  post(`${server.url}${path}`, `{"signature_name": "count", "instances": [${FOREVER}]}`, headers);

test("a run ends at the client's deadline, told in any of the headers that tell it, with 504 and the reason", async () => {
  await start();
  for (const [name, value] of [
    ['grpc-timeout', SHORT],
    ['x-envoy-expected-rq-timeout-ms', '300'],
  ] as const) {
    const {status, text} = await count({[name]: value});
    expect([status, JSON.parse(text)]).toEqual([
      504,
      {error: `The request was not answered within the time that the client gave it (${name}: ${value})`},
    ]);
  }
  const infer = {
    parameters: {signature_name: 'count'},
    inputs: [{name: 'x', shape: [1], datatype: 'INT64', data: [1]}],
  };
  const body = JSON.stringify(infer).replace('"data":[1]', `"data":[${FOREVER}]`);
  const v2 = await post(`${server.url}/v2/models/moody/infer`, body, {'grpc-timeout': SHORT});
  expect([v2.status, v2.text]).toEqual([504, expect.stringContaining('grpc-timeout: 300m')]);
  // The engine that ran them is there for the others.
  expect((await post(`${server.url}/v1/models/moody:predict`, '{"instances": [1]}')).text).toContain('2.0');
});

test('the server has the last word on how long a request may take; what is no time is refused', async () => {
  await start('--rest_api_timeout_in_ms=500');
  const {status, text} = await count({'grpc-timeout': '2H'});
  expect([status, text]).toEqual([504, expect.not.stringContaining('the client')]);
  for (const wrong of ['1', '123456789m', '5 m', '-1m', '1.5S', '']) {
    const refused = await count({'grpc-timeout': wrong});
    expect([refused.status, refused.text]).toEqual([400, expect.stringContaining('grpc-timeout')]);
  }
  expect((await count({'x-envoy-expected-rq-timeout-ms': 'soon'})).status).toBe(400);
});

test('a request whose time runs out in the queue is never run', async () => {
  const parameters = join(volume.root, 'batching.pbtxt');
  // A batch of two starts when it is full, or after a minute.
  await writeFile(parameters, 'max_batch_size { value: 2 } batch_timeout_micros { value: 60000000 }');
  await start('--enable_batching', `--batching_parameters_file=${parameters}`);
  const example = (value: number): string => {
    const floats = Buffer.alloc(4);
    floats.writeFloatLE(value);
    const wrap = (field: number, content: Buffer): Buffer =>
      Buffer.concat([Buffer.from([field * 8 + 2, content.length]), content]);
    const feature = wrap(2, wrap(1, floats));
    return wrap(1, wrap(1, Buffer.concat([wrap(1, Buffer.from('x')), wrap(2, feature)]))).toString('base64');
  };
  const ask = (value: number, headers: Record<string, string> = {}): Promise<Answer> => {
    const body = {signature_name: 'regress_x_to_y', instances: [{b64: example(value)}]};
    return post(`${server.url}/v1/models/half:predict`, JSON.stringify(body), headers);
  };
  expect((await ask(1, {'grpc-timeout': SHORT})).status).toBe(504);
  const both = await Promise.all([ask(2), ask(4)]);
  expect(both.map(({text}) => JSON.parse(text) as object)).toEqual([{predictions: [[3]]}, {predictions: [[4]]}]);
  const {text} = await get(`${server.url}/metrics`);
  expect(text).toContain('processed_batch_size_sum{} 2\n');
  // Each model's own: what waited, what ran, and what came of the requests by version.
  expect(text).toContain('ingot_model_queue_seconds_count{model="half"} 2\n');
  expect(text).toContain('ingot_model_batch_rows_sum{model="half"} 2\n');
  const labels = 'model="half",version="1",api="predict",entrypoint="REST"';
  expect(text).toContain(`ingot_requests_total{${labels},code="DEADLINE_EXCEEDED"} 1\n`);
  expect(text).toContain(`ingot_request_duration_seconds_count{${labels}} 2\n`);
});
