import {gzipSync} from 'node:zlib';
import {Client, Metadata, credentials, status, type ServiceError} from '@grpc/grpc-js';
import {servingType} from '../codec/inference-proto.js';
import {post} from '../testing/server.js';

const MB = 1024 * 1024;
const HALF = 'saved_model_half_plus_two_cpu';

/** Bodies and messages that are much larger than they should be. @throws Error when one is not answered as it should be */
export async function fuzzHuge(url: string, grpcAddress: string): Promise<number> {
  const bomb = gzipSync(Buffer.alloc(256 * MB));
  const deep = `{"inputs": ${'['.repeat(2 * MB)}`;
  const bodies: readonly [what: string, path: string, body: Buffer | string, wanted: number, encoding?: string][] = [
    ['16 MB of numbers', `v1/models/${HALF}:predict`, `{"instances": [${'1.5,'.repeat(4 * MB)}1]}`, 200],
    ['lists in lists', `v1/models/${HALF}:predict`, deep, 400],
    ['one number of 8 MB', `v1/models/${HALF}:predict`, `{"instances": [${'1'.repeat(8 * MB)}]}`, 400],
    ['strings for numbers', `v1/models/${HALF}:predict`, `{"instances": [${'"a",'.repeat(MB)}"a"]}`, 400],
    ['a name of 8 MB', `v1/models/${HALF}:predict`, `{"${'a'.repeat(8 * MB)}": 1}`, 400],
    ['64 MB of nothing', `v1/models/${HALF}:predict`, Buffer.alloc(64 * MB, ' '), 400],
    ['256 MB in 256 kB', `v1/models/${HALF}:predict`, bomb, 400, 'gzip'],
    ['256 MB in 256 kB, V2', `v2/models/${HALF}/infer`, bomb, 400, 'gzip'],
    ['more than is taken', `v1/models/${HALF}:predict`, Buffer.alloc(257 * MB, ' '), 413],
  ];
  for (const [what, path, body, wanted, encoding] of bodies) {
    const answer = await post(`${url}/${path}`, body, encoding === undefined ? {} : {'content-encoding': encoding});
    if (answer.status !== wanted) throw new Error(`${what} got ${answer.status}: ${answer.text.slice(0, 200)}`);
  }
  await hugeMessage(grpcAddress);
  return bodies.length + 1;
}

/** 64 MB of floats over gRPC, which are answered. */
async function hugeMessage(address: string): Promise<void> {
  const type = servingType('PredictRequest');
  const tensor = {dtype: 1, tensor_shape: {dim: [{size: 16 * MB}]}, tensor_content: Buffer.alloc(64 * MB)};
  const message = Buffer.from(type.encode(type.fromObject({model_spec: {name: HALF}, inputs: {x: tensor}})).finish());
  const client = new Client(address, credentials.createInsecure(), {
    'grpc.max_receive_message_length': -1,
    'grpc.max_send_message_length': -1,
  });
  const asIs = (bytes: Buffer): Buffer => bytes;
  const path = '/tensorflow.serving.PredictionService/Predict';
  try {
    const code = await new Promise<status>(resolve => {
      const deadline = {deadline: Date.now() + 60_000};
      client.makeUnaryRequest(path, asIs, asIs, message, new Metadata(), deadline, (error: ServiceError | null) =>
        resolve(error?.code ?? status.OK),
      );
    });
    if (code !== status.OK) throw new Error(`64 MB over gRPC got ${status[code]}`);
  } finally {
    client.close();
  }
}
