import type {AddressInfo} from 'node:net';
import type {RequestListener, Server} from 'node:http';
import {availableParallelism} from 'node:os';
import type {Server as GrpcServer} from '@grpc/grpc-js';
import fastify from 'fastify';
import {healthRoutes} from './admin/health.js';
import type {Settings} from './config/flags.js';
import {channelArguments} from './config/settings.js';
import {modelConfigs, type PlainServerConfig} from './config/model-config.js';
import type {Engine} from './engine/engine.js';
import {checkHealth, watchHealth} from './grpc/health-service.js';
import {modelService} from './grpc/model-service.js';
import {predictionService} from './grpc/prediction-service.js';
import {addReflection} from './grpc/reflection.js';
import {addService, bind, createGrpcServer} from './grpc/server.js';
import {concurrencyLimit} from './lifecycle/limit.js';
import {Loader} from './lifecycle/loader.js';
import {ModelManager, type ModelSources} from './lifecycle/manager.js';
import {availabilityPreserving} from './lifecycle/transition.js';
import type {Log} from './log.js';
import {RestHandler} from './rest/handler.js';
import {createHttpServer} from './rest/server.js';
import {invalidArgument} from './status/status.js';

/** A compressed body may grow to this, as with the original. */
const MAX_INFLATED_BYTES = 100 * 1024 * 1024;

/** The model server: life cycle, doors, and how they are opened and closed. */
export class ModelServer {
  readonly models: ModelManager;
  private http: Server | null = null;
  private grpc: GrpcServer | null = null;
  private draining = false;

  constructor(
    private readonly settings: Settings,
    sources: ModelSources,
    private readonly engine: Engine,
    private readonly log: Log,
  ) {
    const pollMs = settings.file_system_poll_wait_seconds * 1000;
    this.models = new ModelManager(sources, {
      loader: new Loader(engine, settings.saved_model_tags.split(','), null),
      policy: availabilityPreserving,
      now: Date.now,
      settleMs: Math.max(100, pollMs),
      maxRetries: settings.max_num_load_retries,
      retryMs: settings.load_retry_interval_micros / 1000,
      log,
      limit: concurrencyLimit(settings.num_load_threads > 0 ? settings.num_load_threads : availableParallelism()),
    });
  }

  /** The port that the gRPC door got; null while it is closed. */
  grpcPort: number | null = null;

  /** Opens the doors and looks at the models; /readyz says when all are loaded. */
  async start(): Promise<void> {
    const {settings} = this;
    if (settings.rest_api_port !== 0) await this.openRest(settings.rest_api_port);
    if (settings.port !== 0) await this.openGrpc(settings.port);
    await this.models.start(settings.file_system_poll_wait_seconds * 1000);
  }

  /** Stops taking requests, answers those that run, frees the models. */
  async stop(): Promise<void> {
    this.draining = true;
    await Promise.all([this.closeRest(), this.closeGrpc()]);
    await this.models.close();
    await this.engine.close();
  }

  /** The port that the REST door got; null while it is closed. */
  get restPort(): number | null {
    return (this.http?.address() as AddressInfo | null)?.port ?? null;
  }

  private async openRest(port: number): Promise<void> {
    const {settings} = this;
    const handler = new RestHandler(this.models, {
      timeoutMs: settings.rest_api_timeout_in_ms,
      cors: settings.rest_api_enable_cors_support,
      checkMethodName: settings.enable_signature_method_name_check,
      maxInflatedBytes: MAX_INFLATED_BYTES,
    });
    const options = {
      maxBodyBytes: settings.rest_api_max_body_bytes,
      requestTimeoutMs: settings.rest_api_request_timeout_in_ms,
      tls: null,
    };
    const app = fastify({
      serverFactory: others => createHttpServer(handler, options, others as RequestListener),
    });
    healthRoutes(app, {ready: () => this.ready});
    await app.ready();
    this.http = app.server;
    await new Promise<void>((resolve, reject) => {
      app.server.once('error', reject);
      app.server.listen(Math.max(0, port), settings.host, resolve);
    });
    this.log('info', `REST listens on http://${settings.host}:${this.restPort}`);
  }

  /** True when every wanted model is AVAILABLE and the server is not on its way out. */
  get ready(): boolean {
    return !this.draining && this.models.ready;
  }

  private async openGrpc(port: number): Promise<void> {
    const {settings, models} = this;
    const server = createGrpcServer({
      maxMessageBytes: settings.grpc_max_message_bytes,
      channel: channelArguments(settings.grpc_channel_arguments),
    });
    const prediction = predictionService(models, {
      checkMethodName: settings.enable_signature_method_name_check,
      asContent: settings.enable_serialization_as_tensor_content,
    });
    addService(server, 'tensorflow.serving.PredictionService', prediction);
    addService(server, 'tensorflow.serving.ModelService', modelService(models, this));
    const ready = (): boolean => this.ready;
    addService(server, 'grpc.health.v1.Health', {Check: checkHealth(ready)}, {Watch: watchHealth(ready)});
    addReflection(server);
    this.grpcPort = await bind(server, `${settings.host}:${Math.max(0, port)}`, null);
    if (settings.grpc_socket_path !== '') await bind(server, `unix:${settings.grpc_socket_path}`, null);
    this.grpc = server;
    this.log('info', `gRPC listens on ${settings.host}:${this.grpcPort}`);
  }

  async reload(config: PlainServerConfig): Promise<void> {
    if (config.model_config_list === undefined) {
      throw invalidArgument(
        'ServerModelConfig type not supported by HandleReloadConfigRequest. Only ModelConfigList is currently supported',
      );
    }
    await this.models.configure({configs: modelConfigs(config), modelRoot: null});
    await this.models.idle();
  }

  counter(): number | undefined {
    return undefined;
  }

  private async closeGrpc(): Promise<void> {
    const {grpc} = this;
    if (grpc !== null) await new Promise<void>(resolve => grpc.tryShutdown(() => resolve()));
  }

  /** Lets every answer that is due go out, and closes connections as they fall idle. */
  private async closeRest(): Promise<void> {
    const {http} = this;
    if (http === null) return;
    const closed = new Promise<void>(resolve => http.close(() => resolve()));
    const idle = setInterval(() => http.closeIdleConnections(), 50);
    await closed;
    clearInterval(idle);
  }
}
