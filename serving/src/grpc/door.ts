import {protoRoot} from '../codec/proto.js';
import type {ModelManager} from '../lifecycle/manager.js';
import type {Entrypoint, RequestEvent} from '../metrics/metrics.js';
import {toStatusError, type Code} from '../status/status.js';
import type {V2Inference} from '../v2/inference.js';
import {inferenceService, streamInfer} from '../v2/grpc.js';
import {checkHealth, watchHealth} from './health-service.js';
import {modelService, type Reloading} from './model-service.js';
import {predictionService, type PredictionOptions} from './prediction-service.js';
import {profilerService, type Record} from './profiler-service.js';
import type {UnaryHandler} from './protocol/handler.js';
import {reflectionService} from './reflection.js';
import {GrpcServer, type GrpcOptions} from './server.js';

export interface GrpcDoorOptions extends GrpcOptions, PredictionOptions {
  readonly ready: () => boolean;
  readonly reloading: Reloading;
  /** Null when the profiler is not served. */
  readonly record: Record | null;
  readonly onRequest: (event: RequestEvent) => void;
}

/** The gRPC door with all its services, not yet bound to an address. */
export function grpcDoor(models: ModelManager, v2: V2Inference, options: GrpcDoorOptions): GrpcServer {
  const {ready, reloading, onRequest} = options;
  const server = new GrpcServer(options);
  const prediction = predictionService(models, options);
  server.addService('tensorflow.serving.PredictionService', allObserved(prediction, onRequest));
  server.addService('tensorflow.serving.ModelService', modelService(models, reloading));
  const inference = inferenceService(v2);
  const stream = streamInfer(observed('ModelStreamInfer', inference.ModelInfer, onRequest));
  server.addService('inference.GRPCInferenceService', allObserved(inference, onRequest), {ModelStreamInfer: stream});
  server.addService('grpc.health.v1.Health', {Check: checkHealth(ready)}, {Watch: watchHealth(ready)});
  if (options.record !== null) server.addService('tensorflow.ProfilerService', profilerService(options.record));
  const reflection = reflectionService(protoRoot, () => server.services);
  for (const version of ['v1', 'v1alpha']) {
    const name = `grpc.reflection.${version}.ServerReflection`;
    server.addService(name, {}, {ServerReflectionInfo: reflection});
  }
  return server;
}

const ENTRYPOINT: Entrypoint = 'GRPC';

type Handlers = Readonly<{[method: string]: UnaryHandler}>;
type OnRequest = GrpcDoorOptions['onRequest'];

function allObserved(handlers: Handlers, onRequest: OnRequest): Handlers {
  return Object.fromEntries(Object.entries(handlers).map(([api, handler]) => [api, observed(api, handler, onRequest)]));
}

/** Tells of every call once it is answered, without standing between the answer and who waits for it. */
function observed(api: string, handler: UnaryHandler, onRequest: OnRequest): UnaryHandler {
  return (message, call) => {
    const started = performance.now();
    const tell = (code: Code): void => {
      const micros = (performance.now() - started) * 1000;
      const {model = '', answeredBy} = call;
      onRequest({model, api, entrypoint: ENTRYPOINT, code, micros, answeredBy});
    };
    const answer = handler(message, call);
    answer.then(
      () => tell('OK'),
      (error: unknown) => tell(toStatusError(error).code),
    );
    return answer;
  };
}
