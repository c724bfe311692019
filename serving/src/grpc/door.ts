import type {Server} from '@grpc/grpc-js';
import type {ModelManager} from '../lifecycle/manager.js';
import type {Entrypoint, RequestEvent} from '../metrics/metrics.js';
import {toStatusError, type Code} from '../status/status.js';
import type {V2Inference} from '../v2/inference.js';
import {inferenceService} from '../v2/grpc.js';
import {checkHealth, watchHealth} from './health-service.js';
import {modelService, type Reloading} from './model-service.js';
import {predictionService, type PredictionOptions, type UnaryHandler} from './prediction-service.js';
import {addReflection} from './reflection.js';
import {addService, createGrpcServer, type GrpcOptions} from './server.js';

export interface GrpcDoorOptions extends GrpcOptions, PredictionOptions {
  readonly ready: () => boolean;
  readonly reloading: Reloading;
  readonly onRequest: (event: RequestEvent) => void;
}

/** The gRPC door with all its services, not yet bound to an address. */
export function grpcDoor(models: ModelManager, v2: V2Inference, options: GrpcDoorOptions): Server {
  const {ready, reloading, onRequest} = options;
  const server = createGrpcServer(options);
  const prediction = predictionService(models, options);
  addService(server, 'tensorflow.serving.PredictionService', observed(prediction, onRequest));
  addService(server, 'tensorflow.serving.ModelService', modelService(models, reloading));
  addService(server, 'inference.GRPCInferenceService', observed(inferenceService(v2), onRequest));
  addService(server, 'grpc.health.v1.Health', {Check: checkHealth(ready)}, {Watch: watchHealth(ready)});
  addReflection(server);
  return server;
}

const ENTRYPOINT: Entrypoint = 'GRPC';

/** Tells of every call once it is answered. */
function observed(
  handlers: Record<string, UnaryHandler>,
  onRequest: (event: RequestEvent) => void,
): Record<string, UnaryHandler> {
  const wrap =
    (api: string, handler: UnaryHandler): UnaryHandler =>
    async (message, call) => {
      const started = performance.now();
      let code: Code = 'OK';
      try {
        return await handler(message, call);
      } catch (error) {
        code = toStatusError(error).code;
        throw error;
      } finally {
        const micros = (performance.now() - started) * 1000;
        onRequest({model: call.model ?? '', api, entrypoint: ENTRYPOINT, code, micros});
      }
    };
  return Object.fromEntries(Object.entries(handlers).map(([api, handler]) => [api, wrap(api, handler)]));
}
