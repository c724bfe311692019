import {rm} from 'node:fs/promises';
import {join} from 'node:path';
import {Client, Metadata, credentials} from '@grpc/grpc-js';
import {servingType} from '../codec/inference-proto.js';
import {protoRoot} from '../codec/proto.js';
import {order} from '../testing/admin.js';
import {serveHalf} from '../testing/half.js';
import {get, post, states, until} from '../testing/server.js';
import {HALF_PLUS} from '../testing/volume.js';

const half = serveHalf();

/** What one door answers for the input 2, and which version it says that this is from. */
interface Seen {
  readonly value: number;
  readonly version: string;
}
const USER = 'x-user';

async function byRest(headers: Record<string, string> = {}): Promise<Seen> {
  const answer = await post(`${half.server.url}/v1/models/half:predict`, '{"inputs": 2}', headers);
  const {outputs} = JSON.parse(answer.text) as {outputs: number};
  return {value: outputs, version: answer.headers.get('ingot-model-version') ?? ''};
}

async function byV2Rest(headers: Record<string, string>): Promise<Seen> {
  const body = JSON.stringify({inputs: [{name: 'x', shape: [1], datatype: 'FP32', data: [2]}]});
  const {text} = await post(`${half.server.url}/v2/models/half/infer`, body, headers);
  const {model_version: version, outputs} = JSON.parse(text) as {model_version: string; outputs: {data: number[]}[]};
  return {value: outputs[0]?.data[0] ?? NaN, version};
}

async function call<T>(path: string, request: Buffer, response: {decode(bytes: Buffer): unknown}, user: string) {
  const client = new Client(half.server.grpcAddress, credentials.createInsecure());
  const asIs = (bytes: Buffer): Buffer => bytes;
  const metadata = new Metadata();
  metadata.set(USER, user);
  try {
    return await new Promise<T>((resolve, reject) => {
      client.makeUnaryRequest(path, asIs, asIs, request, metadata, (error, bytes) =>
        error || !bytes ? reject(error) : resolve(JSON.parse(JSON.stringify(response.decode(bytes))) as T),
      );
    });
  } finally {
    client.close();
  }
}

async function byGrpc(user: string): Promise<Seen> {
  const type = servingType('PredictRequest');
  const message = {
    model_spec: {name: 'half'},
    inputs: {x: {dtype: 1, tensor_shape: {dim: [{size: 1}]}, float_val: [2]}},
  };
  const request = Buffer.from(type.encode(type.fromObject(message)).finish());
  const path = '/tensorflow.serving.PredictionService/Predict';
  const answer = await call<{
    model_spec: {version: {value: string}};
    outputs: {y: {float_val: number[]}};
  }>(path, request, servingType('PredictResponse'), user);
  return {value: answer.outputs.y.float_val[0] ?? NaN, version: answer.model_spec.version.value};
}

async function byV2Grpc(user: string): Promise<Seen> {
  const type = protoRoot.lookupType('inference.ModelInferRequest');
  const input = {name: 'x', datatype: 'FP32', shape: [1], contents: {fp32_contents: [2]}};
  const request = Buffer.from(type.encode(type.fromObject({model_name: 'half', inputs: [input]})).finish());
  const path = '/inference.GRPCInferenceService/ModelInfer';
  const answer = await call<{model_version: string; outputs: {contents: {fp32_contents: number[]}}[]}>(
    path,
    request,
    protoRoot.lookupType('inference.ModelInferResponse'),
    user,
  );
  return {value: answer.outputs[0]?.contents.fp32_contents[0] ?? NaN, version: answer.model_version};
}

const seenBy = (answer: Seen): Seen => (answer.version === '1' ? {value: 3, version: '1'} : {value: 4, version: '2'});

test('weights divide requests, and a header keeps a client with its version, by every door and over a restart', async () => {
  const weights = {weights: {1: 50, 2: 50}, sticky_header: 'X-User'};
  expect((await order(half.server, 'PUT models/half/weights', weights)).model).toMatchObject({
    weights: {1: 50, 2: 50},
    sticky_header: USER,
  });
  const any = new Set<string>();
  for (let i = 0; i < 60; i++) {
    const answer = await byRest();
    expect(answer).toEqual(seenBy(answer));
    any.add(answer.version);
  }
  expect([...any].sort()).toEqual(['1', '2']);

  const users = Array.from({length: 12}, (_, i) => `user-${i}`);
  const first = new Map<string, Seen>();
  for (const user of users) {
    const seen = await byRest({[USER]: user});
    expect(seen).toEqual(seenBy(seen));
    expect(await byRest({[USER]: user})).toEqual(seen);
    expect(await byV2Rest({[USER]: user})).toEqual(seen);
    expect(await byGrpc(user)).toEqual(seen);
    expect(await byV2Grpc(user)).toEqual(seen);
    first.set(user, seen);
  }
  expect(new Set([...first.values()].map(({version}) => version)).size).toBe(2);

  await half.server.stop();
  await half.start();
  for (const user of users) expect(await byRest({[USER]: user})).toEqual(first.get(user));
  expect((await get(`${half.server.url}/metrics`)).text).toContain('ingot_model_weight{model="half",version="1"} 50');

  // A pin goes before weights, which are still there after it.
  await order(half.server, 'PUT models/half/pin', {version: 2});
  for (const user of users) expect((await byRest({[USER]: user})).version).toBe('2');
  await order(half.server, 'DELETE models/half/pin');
  for (const user of users) expect(await byRest({[USER]: user})).toEqual(first.get(user));
  expect((await order(half.server, 'DELETE models/half/weights')).model).toMatchObject({
    weights: null,
    live_version: '2',
  });
});

test('weights for what cannot be loaded are refused; a version that goes away leaves its share to the others', async () => {
  expect(await order(half.server, 'PUT models/half/weights', {weights: {2: 1, 7: 1}})).toMatchObject({
    status: 404,
    error: {code: 'no_such_version'},
  });
  expect(await order(half.server, 'PUT models/half/weights', {weights: {2: 0}})).toMatchObject({status: 400});
  expect(await order(half.server, 'PUT models/half/weights', {weights: {x: 1}})).toMatchObject({status: 400});
  expect((await order(half.server, 'GET models/half')).model.weights).toBeNull();

  await half.volume.publish('half', 3, HALF_PLUS[4]);
  const {model} = await order(half.server, 'PUT models/half/weights', {weights: {1: 98, 2: 1, 3: 1}});
  expect(model.live_version).toBe('1');
  await rm(join(half.volume.root, 'half/1'), {recursive: true});
  await until(
    () => states(half.server, 'half'),
    found => found['1'] === 'END',
  );
  const seen = new Set<string>();
  for (let i = 0; i < 40; i++) seen.add((await byRest()).version);
  expect([...seen].sort()).toEqual(['2', '3']);
});

test('a shadow is asked and compared, clients get nothing of it, and it is kept over a restart', async () => {
  const shadow = async () => (await order(half.server, 'GET models/half')).model.shadow;
  const compared = (all: Awaited<ReturnType<typeof shadow>>): number =>
    all === null ? NaN : all.same + all.different + all.failed + all.dropped;
  const ask = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++) expect(await byRest()).toEqual({value: 4, version: '2'});
  };
  await order(half.server, 'PUT models/half/shadow', {version: 1});
  await ask(20);
  const different = await until(shadow, all => compared(all) === 20);
  expect(different).toMatchObject({version: '1', same: 0, failed: 0, trouble: '"y"[0] is 3 instead of 4'});
  expect(different?.different).toBeGreaterThan(0);

  await half.server.stop();
  await half.start();
  expect(await shadow()).toMatchObject({version: '1', different: 0});
  await order(half.server, 'PUT models/half/shadow', {version: 1, tolerance: {absolute: 1.5, relative: 0}});
  await ask(20);
  expect(await until(shadow, all => compared(all) === 20)).toMatchObject({different: 0, failed: 0});
  const text = (await get(`${half.server.url}/metrics`)).text;
  expect(text).toMatch(/ingot_model_shadow_requests_total\{model="half",version="1",result="same"\} [1-9]/);
  await order(half.server, 'PUT models/half/shadow', {version: 1, percent: 50});
  await ask(60);
  // All but two would have been mirrored, or dropped, by now.
  expect(compared(await shadow())).toBeLessThan(58);
  expect(compared(await shadow())).toBeGreaterThan(0);
  expect((await order(half.server, 'DELETE models/half/shadow')).model.shadow).toBeNull();
});

test('a shadow that fails, or that a crowd overtakes, costs no request anything', async () => {
  // It has no signature "serving_default" for the same input: every mirrored request is an error.
  await half.volume.publish('half', 3, 'mixed/1');
  await until(
    () => states(half.server, 'half'),
    found => found['3'] === 'AVAILABLE',
  );
  await order(half.server, 'PUT models/half/pin', {version: 2});
  await order(half.server, 'PUT models/half/shadow', {version: 3});
  const answers = await Promise.all(Array.from({length: 200}, () => byRest()));
  expect(answers.every(({value}) => value === 4)).toBe(true);
  const shadow = await until(
    async () => (await order(half.server, 'GET models/half')).model.shadow,
    found => (found?.failed ?? 0) > 0 && (found?.dropped ?? 0) > 0,
  );
  expect(shadow).toMatchObject({same: 0, different: 0, trouble: expect.stringMatching(/^[A-Z_]+: /)});
});
