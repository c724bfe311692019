import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import protobuf from 'protobufjs';

/** The wire's messages, read once from the `.proto` files that lie beside the code. */

export const PROTO_FOLDER = fileURLToPath(new URL('../../proto/', import.meta.url));

export const PROTO_FILES = [
  'tensorflow_serving/prediction_service.proto',
  'tensorflow_serving/model_service.proto',
  'tensorflow_serving/prediction_log.proto',
  'health/health.proto',
  'inference/grpc_service.proto',
  'profiler/profiler_service.proto',
  'reflection/v1.proto',
  'reflection/v1alpha.proto',
] as const;

export const protoRoot = new protobuf.Root();
protoRoot.resolvePath = (_origin, target) => (target.startsWith('/') ? target : join(PROTO_FOLDER, target));
protoRoot.loadSync([...PROTO_FILES], {keepCase: true});
protoRoot.resolveAll();

const serving = (name: string): protobuf.Type => protoRoot.lookupType(`tensorflow.serving.${name}`);

export const messages = {
  SignatureDef: protoRoot.lookupType('tensorflow.SignatureDef'),
  TensorProto: protoRoot.lookupType('tensorflow.TensorProto'),
  Example: protoRoot.lookupType('tensorflow.Example'),
  SignatureDefMap: serving('SignatureDefMap'),
  ModelServerConfig: serving('ModelServerConfig'),
  MonitoringConfig: serving('MonitoringConfig'),
  SSLConfig: serving('SSLConfig'),
  BatchingParameters: serving('BatchingParameters'),
  PredictionLog: serving('PredictionLog'),
} as const;
