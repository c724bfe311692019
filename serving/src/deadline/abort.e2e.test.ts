import {Client, Metadata, credentials} from '@grpc/grpc-js';
import {servingType} from '../codec/inference-proto.js';
import {get, post, ready, startServer, until, type RunningServer} from '../testing/server.js';
import {testVolume, type TestVolume} from '../testing/volume.js';

/** More turns of a loop than any machine makes in a day. */
const FOREVER = '4611686018427387904';
/** More than an engine runs at once, so that the last ones wait for ever unless the first ones have ended. */
const CLIENTS = 12;

let volume: TestVolume;
let server: RunningServer;

beforeAll(async () => {
  volume = await testVolume();
  await volume.publish('moody', 1, 'moody/1');
  server = await startServer(`--model_root=${volume.root}`, '--rest_api_timeout_in_ms=86400000');
  await ready(server);
}, 180_000);
afterAll(async () => {
  await server.stop('SIGKILL');
  await volume.remove();
});

/** Asks without end and without a deadline; resolves once the client is gone. */
type Ask = (gone: AbortSignal) => Promise<unknown>;

const byRest =
  (path: string, body: string): Ask =>
  gone =>
    fetch(`${server.url}${path}`, {method: 'POST', body, signal: gone}).catch(() => undefined);

const byGrpc: Ask = gone => {
  const client = new Client(server.grpcAddress, credentials.createInsecure());
  const type = servingType('PredictRequest');
  const request = {
    model_spec: {name: 'moody', signature_name: 'count'},
    inputs: {x: {dtype: 9, tensor_shape: {dim: [{size: 1}]}, int64_val: [FOREVER]}},
  };
  const asIs = (bytes: Buffer): Buffer => bytes;
  return new Promise<void>(resolve => {
    const path = '/tensorflow.serving.PredictionService/Predict';
    const bytes = Buffer.from(type.encode(type.fromObject(request)).finish());
    const call = client.makeUnaryRequest(path, asIs, asIs, bytes, new Metadata(), () => {
      client.close();
      resolve();
    });
    gone.addEventListener('abort', () => call.cancel());
  });
};

const v2 = `{"parameters": {"signature_name": "count"}, "inputs": [{"name": "x", "shape": [1], "datatype": "INT64", "data": [${FOREVER}]}]}`;

test.each([
  ['REST', byRest('/v1/models/moody:predict', `{"signature_name": "count", "instances": [${FOREVER}]}`)],
  ['V2', byRest('/v2/models/moody/infer', v2)],
  ['gRPC', byGrpc],
])(
  'runs whose clients go away end, and leave the engine to others: %s',
  async (_door, ask) => {
    for (let i = 0; i < CLIENTS; i++) {
      const client = new AbortController();
      const asked = ask(client.signal);
      await inFlight(1);
      client.abort();
      await asked;
      await inFlight(0);
    }
    const {status} = await post(`${server.url}/v1/models/moody:predict`, '{"instances": [1]}');
    expect(status).toBe(200);
  },
  60_000,
);

/** Waits until so many requests are being answered. */
async function inFlight(count: number): Promise<void> {
  await until(
    async () => (await get(`${server.url}/metrics`)).text,
    text => text.includes(`ingot_model_version_requests_in_flight{model="moody",version="1"} ${count}\n`),
  );
}
