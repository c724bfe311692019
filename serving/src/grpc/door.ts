import {protoRoot} from '../codec/proto.js';
import type {Settings} from '../config/flags.js';
import {channelArguments} from '../config/settings.js';
import type {ModelManager} from '../lifecycle/manager.js';
import type {Log} from '../log.js';
import type {Entrypoint, Metrics, RequestEvent} from '../metrics/metrics.js';
import {toStatusError, type Code} from '../status/status.js';
import type {V2Inference} from '../v2/inference.js';
import {inferenceService, streamInfer} from '../v2/grpc.js';
import {channelSettings} from './channel-arguments.js';
import {checkHealth, watchHealth} from './health-service.js';
import {modelService, type Reloading} from './model-service.js';
import {predictionService, type PredictionOptions} from './prediction-service.js';
import {profilerService, type Record} from './profiler-service.js';
import type {OnDone, UnaryHandler} from './protocol/handler.js';
import {reflectionService} from './reflection.js';
import {GrpcServer, type GrpcOptions} from './server.js';

/** What a door leads to, and whom it lets in. */
export interface Behind extends Pick<GrpcOptions, 'gate'> {
  readonly models: ModelManager;
  readonly v2: V2Inference;
  readonly metrics: Metrics;
  readonly ready: () => boolean;
  /** Null when the models are not to be changed through it. */
  readonly reloading: Reloading | null;
  /** Null when the profiler is not served. */
  readonly record: Record | null;
  readonly onRequest: (event: RequestEvent) => void;
}

/** What all doors of a server have in common. */
interface Shared extends Pick<PredictionOptions, 'requestLog'>, Pick<GrpcOptions, 'budget'> {
  readonly log: Log;
}

/** Makes gRPC doors as a server's settings want them, with all services. Each is closed still: nothing listens. */
export function grpcDoors(settings: Settings, {requestLog, budget, log}: Shared): (behind: Behind) => GrpcServer {
  const channel = channelSettings(
    settings.grpc_max_message_bytes,
    channelArguments(settings.grpc_channel_arguments),
    name => log('warning', `--grpc_channel_arguments: ${name} changes nothing here`),
  );
  const onFault = (error: unknown): void =>
    log('error', `A connection of the gRPC door is given up: ${(error as Error).stack ?? String(error)}`);
  return behind => {
    const {gate, models, metrics, reloading, onRequest} = behind;
    const server = new GrpcServer({
      channel,
      messageTimeoutMs: settings.rest_api_request_timeout_in_ms,
      budget,
      gate,
      onFault,
    });
    const prediction = predictionService(models, {
      checkMethodName: settings.enable_signature_method_name_check,
      asContent: settings.enable_serialization_as_tensor_content,
      onExamples: metrics.examples.bind(metrics),
      requestLog,
    });
    server.addService('tensorflow.serving.PredictionService', prediction, {}, toldOf(onRequest));
    if (reloading !== null) server.addService('tensorflow.serving.ModelService', modelService(models, reloading));
    addOthers(server, behind);
    return server;
  };
}

/** Services that TensorFlow Serving's API does not have. */
function addOthers(server: GrpcServer, {v2, ready, record, onRequest}: Behind): void {
  const inference = inferenceService(v2);
  const told = toldOf(onRequest);
  const stream = streamInfer(observed(inference.ModelInfer, told('ModelStreamInfer')));
  server.addService('inference.GRPCInferenceService', inference, {ModelStreamInfer: stream}, told);
  server.addService('grpc.health.v1.Health', {Check: checkHealth(ready)}, {Watch: watchHealth(ready)});
  if (record !== null) server.addService('tensorflow.ProfilerService', profilerService(record));
  const reflection = reflectionService(protoRoot, () => server.services);
  for (const version of ['v1', 'v1alpha']) {
    const name = `grpc.reflection.${version}.ServerReflection`;
    server.addService(name, {}, {ServerReflectionInfo: reflection});
  }
}

const ENTRYPOINT: Entrypoint = 'GRPC';

type OnRequest = Behind['onRequest'];

/** Who is told of a method's calls, for those who are told of requests. */
function toldOf(onRequest: OnRequest): (api: string) => OnDone {
  return api => (call, code, micros) => {
    const {model = '', answeredBy} = call;
    onRequest({model, api, entrypoint: ENTRYPOINT, code, micros, answeredBy});
  };
}

/** The same for a handler whose work is a part of a call's. */
function observed(handler: UnaryHandler, onDone: OnDone): UnaryHandler {
  return (message, call) => {
    const started = performance.now();
    const tell = (code: Code): void => onDone(call, code, (performance.now() - started) * 1000);
    const answer = handler(message, call);
    answer.then(
      () => tell('OK'),
      (error: unknown) => tell(toStatusError(error).code),
    );
    return answer;
  };
}
