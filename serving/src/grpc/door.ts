import type {Server} from '@grpc/grpc-js';
import type {ModelManager} from '../lifecycle/manager.js';
import type {Entrypoint, RequestEvent} from '../metrics/metrics.js';
import {toStatusError, type Code} from '../status/status.js';
import type {V2Inference} from '../v2/inference.js';
import {inferenceService, streamInfer} from '../v2/grpc.js';
import {checkHealth, watchHealth} from './health-service.js';
import {modelService, type Reloading} from './model-service.js';
import {predictionService, type PredictionOptions, type UnaryHandler} from './prediction-service.js';
import {profilerService, type Record} from './profiler-service.js';
import {addReflection} from './reflection.js';
import {addService, createGrpcServer, type GrpcOptions} from './server.js';

export interface GrpcDoorOptions extends GrpcOptions, PredictionOptions {
  readonly ready: () => boolean;
  readonly reloading: Reloading;
  /** Null when the profiler is not served. */
  readonly record: Record | null;
  readonly onRequest: (event: RequestEvent) => void;
}

/** The gRPC door with all its services, not yet bound to an address. */
export function grpcDoor(models: ModelManager, v2: V2Inference, options: GrpcDoorOptions): Server {
  const {ready, reloading, onRequest} = options;
  const server = createGrpcServer(options);
  const prediction = predictionService(models, options);
  addService(server, 'tensorflow.serving.PredictionService', allObserved(prediction, onRequest));
  addService(server, 'tensorflow.serving.ModelService', modelService(models, reloading));
  const inference = inferenceService(v2);
  const stream = streamInfer(observed('ModelStreamInfer', inference.ModelInfer, onRequest));
  addService(server, 'inference.GRPCInferenceService', allObserved(inference, onRequest), {ModelStreamInfer: stream});
  addService(server, 'grpc.health.v1.Health', {Check: checkHealth(ready)}, {Watch: watchHealth(ready)});
  if (options.record !== null) addService(server, 'tensorflow.ProfilerService', profilerService(options.record));
  addReflection(server);
  return server;
}

const ENTRYPOINT: Entrypoint = 'GRPC';

type Handlers = Readonly<{[method: string]: UnaryHandler}>;
type OnRequest = GrpcDoorOptions['onRequest'];

function allObserved(handlers: Handlers, onRequest: OnRequest): Handlers {
  return Object.fromEntries(Object.entries(handlers).map(([api, handler]) => [api, observed(api, handler, onRequest)]));
}

/** Tells of every call once it is answered. */
function observed(api: string, handler: UnaryHandler, onRequest: OnRequest): UnaryHandler {
  return async (message, call) => {
    const started = performance.now();
    let code: Code = 'OK';
    try {
      return await handler(message, call);
    } catch (error) {
      code = toStatusError(error).code;
      throw error;
    } finally {
      const micros = (performance.now() - started) * 1000;
      const {model = '', answeredBy} = call;
      onRequest({model, api, entrypoint: ENTRYPOINT, code, micros, answeredBy});
    }
  };
}
