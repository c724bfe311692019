import {Client, Metadata, credentials, status, type ServiceError} from '@grpc/grpc-js';
import {servingType} from '../codec/inference-proto.js';
import {protoRoot} from '../codec/proto.js';
import {mutatedBytes} from './mutate.js';
import {Random} from './random.js';

/** What a malformed or impossible request may be answered with. */
const ALLOWED: ReadonlySet<status> = new Set([
  status.OK,
  status.INVALID_ARGUMENT,
  status.NOT_FOUND,
  status.FAILED_PRECONDITION,
  status.UNIMPLEMENTED,
  status.RESOURCE_EXHAUSTED,
  status.OUT_OF_RANGE,
]);

const PATHS = [
  '/tensorflow.serving.PredictionService/Predict',
  '/tensorflow.serving.PredictionService/Classify',
  '/tensorflow.serving.PredictionService/Regress',
  '/tensorflow.serving.PredictionService/MultiInference',
  '/tensorflow.serving.PredictionService/GetModelMetadata',
  '/tensorflow.serving.ModelService/GetModelStatus',
  '/inference.GRPCInferenceService/ModelInfer',
  '/inference.GRPCInferenceService/ModelMetadata',
  '/inference.GRPCInferenceService/ModelConfig',
  '/inference.GRPCInferenceService/RepositoryIndex',
  '/tensorflow.ProfilerService/Terminate',
  '/grpc.health.v1.Health/Check',
  '/no.such.Service/Call',
];

const HALF = 'saved_model_half_plus_two_cpu';

function seeds(): Buffer[] {
  const encode = (name: string, message: object): Buffer => {
    const type = name.startsWith('inference.') ? protoRoot.lookupType(name) : servingType(name);
    return Buffer.from(type.encode(type.fromObject(message)).finish());
  };
  const tensor = {dtype: 1, tensor_shape: {dim: [{size: 2}]}, float_val: [1, 2]};
  const content = {
    dtype: 1,
    tensor_shape: {dim: [{size: 2}]},
    tensor_content: Buffer.from(Float32Array.of(1, 2).buffer),
  };
  const example = {features: {feature: {x: {float_list: {value: [1]}}}}};
  const spec = {name: HALF, signature_name: 'regress_x_to_y', version: {value: 123}};
  return [
    encode('PredictRequest', {model_spec: {name: HALF}, inputs: {x: tensor}, output_filter: ['y']}),
    encode('PredictRequest', {model_spec: {name: HALF}, inputs: {x: content}}),
    encode('PredictRequest', {
      model_spec: {name: 'mixed'},
      inputs: {
        number: {dtype: 3, tensor_shape: {dim: [{size: 1}, {size: 2}]}, int_val: [1, -2]},
        text: {dtype: 7, tensor_shape: {dim: [{size: 1}]}, string_val: [Buffer.from('a')]},
      },
    }),
    encode('RegressionRequest', {model_spec: spec, input: {example_list: {examples: [example]}}}),
    encode('MultiInferenceRequest', {
      tasks: [{model_spec: spec, method_name: 'tensorflow/serving/regress'}],
      input: {example_list_with_context: {examples: [example], context: example}},
    }),
    encode('inference.ModelInferRequest', {
      model_name: HALF,
      inputs: [{name: 'x', datatype: 'FP32', shape: [2], contents: {fp32_contents: [1, 2]}}],
    }),
  ];
}

/** Sends broken messages. @throws Error with the seed and the message that got a wrong answer, or none. */
export async function fuzzGrpc(address: string, inputs: number, seed: number, parallel = 8): Promise<void> {
  const client = new Client(address, credentials.createInsecure());
  const samples = seeds();
  let left = inputs;
  const worker = async (random: Random): Promise<void> => {
    while (left-- > 0) {
      const path = random.pick(PATHS);
      const message = mutatedBytes(random, samples);
      const code = await call(client, path, message);
      if (!ALLOWED.has(code)) {
        throw new Error(`seed ${seed}: ${path} got ${status[code]} for ${message.toString('hex')}`);
      }
    }
  };
  try {
    await Promise.all(Array.from({length: parallel}, (_, i) => worker(new Random(seed + i))));
  } finally {
    client.close();
  }
}

function call(client: Client, path: string, message: Buffer): Promise<status> {
  const asIs = (bytes: Buffer): Buffer => bytes;
  const deadline = Date.now() + 60_000;
  return new Promise(resolve => {
    client.makeUnaryRequest(path, asIs, asIs, message, new Metadata(), {deadline}, (error: ServiceError | null) =>
      resolve(error?.code ?? status.OK),
    );
  });
}
