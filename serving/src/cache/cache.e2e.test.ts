import {Client, credentials} from '@grpc/grpc-js';
import {servingType} from '../codec/inference-proto.js';
import {get, post, ready, startServer, states, until, type RunningServer} from '../testing/server.js';
import {HALF_PLUS, testVolume, type TestVolume} from '../testing/volume.js';

let volume: TestVolume;
let server: RunningServer;

beforeAll(async () => {
  volume = await testVolume();
  await volume.publish('half', 1, HALF_PLUS[3]);
  await volume.publish('moody', 1, 'moody/1');
  await options({half: 1, moody: 1});
  server = await startServer(`--model_root=${volume.root}`, `--model_options_file=${volume.optionsFile}`);
  await ready(server);
}, 180_000);
afterAll(async () => {
  await server.stop('SIGKILL');
  await volume.remove();
});

function options(megabytes: Record<string, number>): Promise<void> {
  const models = Object.entries(megabytes).map(([name, mb]) => [name, {response_cache_mb: mb}]);
  return volume.setOptions(Object.fromEntries(models) as object);
}

const ask = async (model: string, body: string): Promise<unknown> =>
  JSON.parse((await post(`${server.url}/v1/models/${model}:predict`, body)).text);

async function metric(name: string, labels: string): Promise<number> {
  const {text} = await get(`${server.url}/metrics`);
  const line = text.split('\n').find(each => each.startsWith(`${name}{${labels}`));
  return Number(line?.split(' ').at(-1) ?? 0);
}
const results = async (model: string): Promise<number[]> => {
  const of = (result: string) => metric('ingot_response_cache_requests_total', `model="${model}",result="${result}"`);
  return [await of('hit'), await of('miss'), await of('joined')];
};
const runs = (model: string) => metric(':tensorflow:serving:runtime_latency_count', `model_name="${model}"`);

test('what was asked before, bit by bit, is answered without a run, at every door', async () => {
  expect(await ask('half', '{"instances": [2, 4]}')).toEqual({predictions: [3, 4]});
  const before = await runs('half');
  expect(await ask('half', '{"inputs": [2.0, 4.0]}')).toEqual({outputs: [3, 4]});
  const inputs = [{name: 'x', shape: [2], datatype: 'FP32', data: [2, 4]}];
  const v2 = await post(`${server.url}/v2/models/half/infer`, JSON.stringify({inputs}));
  expect(v2.text).toContain('3.0');
  const client = new Client(server.grpcAddress, credentials.createInsecure());
  const type = servingType('PredictRequest');
  const tensor = {dtype: 1, tensor_shape: {dim: [{size: 2}]}, float_val: [2, 4]};
  const message = Buffer.from(type.encode(type.fromObject({model_spec: {name: 'half'}, inputs: {x: tensor}})).finish());
  const same = (bytes: Buffer): Buffer => bytes;
  const answer = await new Promise<Buffer>((resolve, reject) =>
    client.makeUnaryRequest('/tensorflow.serving.PredictionService/Predict', same, same, message, (error, response) =>
      error ? reject(error) : resolve(response as Buffer),
    ),
  );
  client.close();
  expect(answer.includes(Buffer.from(Float32Array.of(3, 4).buffer))).toBe(true);
  expect([await results('half'), await runs('half')]).toEqual([[3, 1, 0], before]);
  // Another shape, another number, another signature: other questions.
  expect(await ask('half', '{"instances": [[2, 4]]}')).toEqual({predictions: [[3, 4]]});
  expect(await ask('half', '{"instances": [2, 4.000001]}')).toEqual({
    predictions: [3, expect.closeTo(4.0000005, 6) as number],
  });
  expect(await results('half')).toEqual([3, 3, 0]);
});

test('the same question at the same time is one run', async () => {
  const before = await runs('moody');
  const question = '{"signature_name": "count", "instances": [150000]}';
  const answers = await Promise.all(Array.from({length: 8}, () => ask('moody', question)));
  expect(answers).toEqual(Array.from({length: 8}, () => ({predictions: [150000]})));
  const [hits = 0, misses, joined = 0] = await results('moody');
  expect([misses, hits + joined, (await runs('moody')) - before]).toEqual([1, 7, 1]);
});

test('one who gives up does not take the others along, and errors are not kept', async () => {
  const url = `${server.url}/v1/models/moody:predict`;
  const question = '{"signature_name": "count", "instances": [150001]}';
  const impatient = post(url, question, {'grpc-timeout': '50m'});
  const patient = post(url, question);
  expect([(await impatient).status, (await patient).status]).toEqual([504, 200]);
  const [, before = 0] = await results('half');
  for (let i = 1; i <= 2; i++) {
    // The graph itself refuses this one.
    const broken = await ask('half', '{"signature_name": "regress_x_to_y", "instances": [{"b64": "AAAA"}]}');
    expect(broken).toEqual({error: expect.stringContaining('parse') as string});
    expect((await results('half'))[1]).toBe(before + i);
  }
});

test('a new version never answers from the cache of the one before, whose answers are freed', async () => {
  expect(await ask('half', '{"instances": [2, 4]}')).toEqual({predictions: [3, 4]});
  await volume.publish('half', 2, HALF_PLUS[4]);
  await until(
    () => states(server, 'half'),
    found => found['2'] === 'AVAILABLE' && found['1'] === 'END',
  );
  expect(await metric('ingot_response_cache_entries', 'model="half"')).toBe(0);
  expect(await ask('half', '{"instances": [2, 4]}')).toEqual({predictions: [4, 5]});
});

test('it holds no more than it may, and what was asked for last', async () => {
  const values = Array.from({length: 200}, (_, i) => i);
  const question = (value: number): string => `{"instances": [${Array<number>(10_000).fill(value).join()}]}`;
  for (const value of values) await ask('half', question(value));
  const bytes = await metric('ingot_response_cache_bytes', 'model="half"');
  expect(bytes).toBeLessThanOrEqual(2 ** 20);
  expect(bytes).toBeGreaterThan(2 ** 19);
  const [before = 0] = await results('half');
  await ask('half', question(199));
  await ask('half', question(0));
  expect((await results('half'))[0]).toBe(before + 1);
  expect(await metric('ingot_response_cache_evictions_total', 'model="half"')).toBeGreaterThan(150);
});

test('it is off where nobody asks for it, and can be switched off while it is used', async () => {
  await options({});
  await until(
    () => metric('ingot_response_cache_entries', 'model="half"'),
    entries => entries === 0,
  );
  const before = await runs('half');
  for (let i = 0; i < 3; i++) await ask('half', '{"instances": [7]}');
  expect((await runs('half')) - before).toBe(3);
});
