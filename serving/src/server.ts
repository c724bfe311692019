import type {AddressInfo} from 'node:net';
import type {Server} from 'node:http';
import {availableParallelism} from 'node:os';
import type {FastifyInstance} from 'fastify';
import {BodyBudget, bodyBudgetBytes} from './admission/body-budget.js';
import {OPEN_GATE, tokenGate, type Gate} from './admission/gate.js';
import {AdminDoor, type AdminSettings} from './admin/door.js';
import {docsRoutes} from './admin/docs.js';
import {healthRoutes} from './admin/health.js';
import {metricsRoutes} from './admin/metrics.js';
import type {AddBatching} from './batching/index.js';
import {ResponseCaches} from './cache/caches.js';
import type {Settings} from './config/flags.js';
import {readMonitoringPath, readTls} from './config/files.js';
import {modelConfigs, type PlainServerConfig} from './config/model-config.js';
import {watchConfigFile} from './config/sources.js';
import {readApiToken} from './config/token.js';
import {ModelController} from './control/controller.js';
import {Locks} from './control/locks.js';
import {FORGETFUL, type ControlStore} from './control/store.js';
import type {Engine} from './engine/engine.js';
import {grpcDoors, type Behind as BehindGrpc} from './grpc/door.js';
import type {GrpcServer} from './grpc/server.js';
import {ModelManager, type ModelSources} from './lifecycle/manager.js';
import type {LifecycleSettings, ModelConfig} from './lifecycle/settings.js';
import {LifecycleMetrics} from './lifecycle/metrics.js';
import {reloadModels, type ReloadOptions} from './lifecycle/reload.js';
import {availabilityPreserving} from './lifecycle/versions/transition.js';
import {concurrencyLimit} from './loading/limit.js';
import {FirstRuns} from './loading/first-runs.js';
import {ThreadedReader} from './loading/files/threaded-reader.js';
import {Loader} from './loading/loader.js';
import {warmUpWith} from './loading/warm-up.js';
import {logFormat, writeOut, type Log} from './log.js';
import {WorkerPool} from './offload/pool.js';
import {accessLine} from './logging/access-log.js';
import {RequestLogs} from './logging/request-log.js';
import {BudgetedEngine} from './memory/budgeted-engine.js';
import {Metrics, type RequestEvent} from './metrics/metrics.js';
import {NO_OPTIONS, type OptionsSource} from './placement/options-file.js';
import {grpcRehearsal} from './rehearsal/grpc.js';
import {rehearse} from './rehearsal/rehearse.js';
import {restRehearsal} from './rehearsal/rest.js';
import {closed, listen, restDoors, type Behind} from './rest/door.js';
import type {TlsFiles} from './rest/options.js';
import {V2Inference} from './v2/inference.js';

/** How operators may control models, and where what they say is kept. */
export interface Administration {
  /** Null while the admin API is closed. */
  readonly admin: AdminSettings | null;
  readonly store: ControlStore;
}

/** The model server: life cycle, doors, and how they are opened and closed. */
export class ModelServer {
  readonly models: ModelManager;
  readonly metrics = new Metrics();
  /** The port that the gRPC door got; null while it is closed. */
  grpcPort: number | null = null;
  private readonly v2: V2Inference;
  private readonly requestLogs: RequestLogs;
  /** One core is left to the event loop. */
  private readonly workers = new WorkerPool(Math.max(1, availableParallelism() - 1));
  /** As many as there may be loads. */
  private readonly files: ThreadedReader;
  private readonly engine: Engine;
  private readonly budget: BudgetedEngine | null;
  private readonly caches: ResponseCaches | null;
  private readonly controller: ModelController;
  private readonly reloads = new Locks();
  private readonly bodies: BodyBudget;
  private readonly restDoor: (behind: Behind) => Promise<Server>;
  private readonly grpcDoor: (behind: BehindGrpc) => GrpcServer;
  private admin: AdminDoor | null = null;
  private http: Server | null = null;
  private grpc: GrpcServer | null = null;
  private rehearsal: Promise<void> = Promise.resolve();
  private draining = false;
  /** How many were answered, over all doors. */
  private requests = 0;
  private stopWatching: () => void = () => undefined;

  constructor(
    private readonly settings: Settings,
    private readonly sources: ModelSources,
    private readonly bareEngine: Engine,
    private readonly log: Log,
    private readonly batching: AddBatching,
    private readonly administration: Administration = {admin: null, store: FORGETFUL},
    options: OptionsSource = NO_OPTIONS,
  ) {
    const {metrics} = this;
    const loads = settings.num_load_threads > 0 ? settings.num_load_threads : availableParallelism();
    this.files = new ThreadedReader(loads);
    this.caches = options === NO_OPTIONS ? null : new ResponseCaches(options, metrics.registry);
    const budgetMb = settings.model_memory_budget_mb;
    this.budget =
      budgetMb > 0 ? new BudgetedEngine(bareEngine, budgetMb * 2 ** 20, folder => this.files.size(folder)) : null;
    this.engine = this.budget ?? bareEngine;
    this.bodies = new BodyBudget(bodyBudgetBytes(settings.max_bodies_in_flight_mb));
    const pollMs = settings.file_system_poll_wait_seconds * 1000;
    const warmUp = settings.enable_model_warmup
      ? warmUpWith(this.files, settings.num_request_iterations_for_warmup || 1, metrics)
      : null;
    const {store} = administration;
    const onDependent = (model: string, version: bigint, signature: string): void =>
      log('warning', `${model}/${version}: "${signature}" is not batched, since its answers change with the batch`);
    const lifecycle: LifecycleSettings = {
      loader: new Loader(
        this.engine,
        settings.saved_model_tags.split(','),
        warmUp,
        metrics,
        {
          add: (loaded, {model, folder}) => batching(loaded, folder, pool => metrics.batching.observer(pool, model)),
          // Who sets batches by hand gets what the original does.
          cautious: settings.adaptive_batching && !settings.enable_batching ? {onDependent} : null,
          mostRuns: Math.max(1, settings.batching_max_queued_requests),
        },
        this.caches && ((loaded, model) => this.caches?.add(loaded, model) ?? loaded),
        settings.enable_model_warmup ? new FirstRuns(() => this.models.idle()) : null,
        this.files,
      ),
      policy: availabilityPreserving,
      now: Date.now,
      settleMs: Math.max(100, pollMs),
      maxRetries: settings.max_num_load_retries,
      retryMs: settings.load_retry_interval_micros / 1000,
      log,
      limit: concurrencyLimit(loads),
    };
    this.models = new ModelManager(sources, lifecycle, new Map(store.kept));
    this.controller = new ModelController(this.models, store, log);
    this.requestLogs = new RequestLogs({
      limits: {
        fileBytes: settings.request_log_max_file_bytes,
        totalBytes: settings.request_log_max_total_bytes,
      },
      tags: settings.saved_model_tags.split(','),
      log,
      onLogged: metrics.logged.bind(metrics),
    });
    this.v2 = new V2Inference(this.models, () => this.ready, this.requestLogs);
    const shared = {requestLog: this.requestLogs, budget: this.bodies};
    this.restDoor = restDoors(settings, {...shared, workers: this.workers});
    this.grpcDoor = grpcDoors(settings, {...shared, log});
  }

  /** True when every wanted model is AVAILABLE and the server is not on its way out. */
  get ready(): boolean {
    return !this.draining && this.engine.ready && this.models.ready;
  }

  /** The port that the REST door got; null while it is closed. */
  get restPort(): number | null {
    return (this.http?.address() as AddressInfo | null)?.port ?? null;
  }

  /** The port that the admin API got; null while it is closed. */
  get adminPort(): number | null {
    return this.admin?.port ?? null;
  }

  private readonly onRequest = (event: RequestEvent): void => {
    this.requests++;
    this.metrics.request(event);
    const {access_log: wanted, log_format: format} = this.settings;
    if (wanted) writeOut(process.stdout, `${accessLine(event, logFormat(format), new Date())}\n`);
  };

  /** Opens the doors and looks at the models; /readyz says when all are loaded. @throws when a door cannot be opened. */
  async start(): Promise<void> {
    const {settings, log} = this;
    const tls = settings.ssl_config_file === '' ? null : await readTls(settings.ssl_config_file);
    const gate = settings.api_token_file === '' ? OPEN_GATE : tokenGate(await readApiToken(settings.api_token_file));
    await this.requestLogs.update(this.sources.configs);
    const {admin} = this.administration;
    if (admin !== null) this.admin = await AdminDoor.open(admin, this.models, this.controller, log);
    if (settings.rest_api_port !== 0) await this.openRest(settings.rest_api_port, tls, gate);
    if (settings.port !== 0 || settings.grpc_socket_path !== '') await this.openGrpc(settings.port, tls, gate);
    await this.models.start(settings.file_system_poll_wait_seconds * 1000);
    void this.models.idle().then(() => {
      // Nobody waits for what is still being loaded when the server is to end.
      if (!this.draining) this.rehearsal = this.rehearse();
    });
    const {model_config_file: file, model_config_file_poll_wait_seconds: seconds} = settings;
    if (file !== '' && seconds > 0) {
      this.stopWatching = watchConfigFile(file, seconds, configs => this.replaceModels(configs, 'go on'), log);
    }
  }

  /** Stops taking requests, answers those that run, frees the models. */
  async stop(): Promise<void> {
    this.draining = true;
    this.stopWatching();
    this.controller.stop();
    await Promise.all([this.http && closed(this.http), this.grpc?.close(), this.admin?.close(), this.rehearsal]);
    await this.models.close();
    await Promise.all([this.requestLogs.close(), this.workers.close(), this.files.close()]);
    await this.engine.close();
  }

  /** Puts a ModelServerConfig in force. @throws StatusError when it is refused. */
  async reload(config: PlainServerConfig): Promise<void> {
    await this.replaceModels(modelConfigs(config), 'refuse');
  }

  /** One reload after the other: each is judged by what the one before has left. */
  private replaceModels(configs: readonly ModelConfig[], onFailedLoad: ReloadOptions['onFailedLoad']): Promise<void> {
    return this.reloads.run('', () =>
      reloadModels(this.models, configs, {
        allowUnavailableLabels: this.settings.allow_version_labels_for_unavailable_models,
        onFailedLoad,
        commit: () => this.requestLogs.update(configs),
      }),
    );
  }

  private async openRest(port: number, tls: TlsFiles | null, gate: Gate): Promise<void> {
    const {settings, metrics} = this;
    const {monitoring_config_file: monitoring} = settings;
    const metricsPath = monitoring === '' ? null : await readMonitoringPath(monitoring);
    const others = (routes: FastifyInstance): void => this.addRoutes(routes, metricsPath);
    const {models, v2, onRequest} = this;
    this.http = await this.restDoor({models, v2, metrics, onRequest, tls, gate, others});
    await listen(this.http, settings.host, port);
    this.log('info', `REST listens on ${tls ? 'https' : 'http'}://${settings.host}:${this.restPort}`);
  }

  /** Makes the way of a request fast before clients come, once the models are there. Never rejects. */
  private async rehearse(): Promise<void> {
    const {rehearsal_requests: requests} = this.settings;
    if (requests === 0) return;
    const {bareEngine: engine, batching} = this;
    const behind = (models: ModelManager, metrics: Metrics) => ({
      ...{models, metrics, gate: OPEN_GATE},
      v2: new V2Inference(models, () => true, this.requestLogs),
      onRequest: (event: RequestEvent): void => metrics.request(event),
    });
    const rest = restRehearsal((models, metrics) =>
      this.restDoor({...behind(models, metrics), tls: null, others: () => undefined}),
    );
    const grpc = grpcRehearsal((models, metrics) =>
      this.grpcDoor({...behind(models, metrics), ready: () => true, reloading: null, record: null}),
    );
    const doors = [...(this.http === null ? [] : [rest]), ...(this.grpc === null ? [] : [grpc])];
    const stage = {engine, batching, clientRequests: () => this.requests, ended: () => this.draining};
    const began = performance.now();
    try {
      const count = await rehearse(stage, doors, requests);
      const ms = Math.round(performance.now() - began);
      if (!this.draining) this.log('info', `rehearsed with ${count} requests in ${ms} ms`);
    } catch (error) {
      if (!this.draining)
        this.log('warning', `not rehearsed, the first requests are slow: ${(error as Error).message}`);
    }
  }

  private addRoutes(app: FastifyInstance, metricsPath: string | null): void {
    healthRoutes(app, {ready: () => this.ready});
    docsRoutes(app, this.models);
    const lifecycle = new LifecycleMetrics(this.metrics.registry, this.models, this.budget);
    const text = (): string => {
      lifecycle.collect();
      this.caches?.collect();
      return this.metrics.text(this.ready, this.versionStates(), this.engine.losses);
    };
    metricsRoutes(app, metricsPath, text);
  }

  private *versionStates(): Iterable<{model: string; version: string; state: string}> {
    for (const model of this.models.names) {
      for (const {version, state} of this.models.states(model)) yield {model, version: String(version), state};
    }
  }

  private async openGrpc(port: number, tls: TlsFiles | null, gate: Gate): Promise<void> {
    const {settings, metrics, models, v2, onRequest} = this;
    const server = this.grpcDoor({
      ...{models, v2, metrics, onRequest, gate},
      ready: () => this.ready,
      record: settings.enable_profiler ? (this.engine.record ?? null) : null,
      reloading: {
        reload: config => this.reload(config),
        counter: name => metrics.registry.total(name),
      },
    });
    this.grpc = server;
    if (port !== 0) {
      this.grpcPort = await server.listen({host: settings.host, port: Math.max(0, port)}, tls);
      this.log('info', `gRPC listens on ${settings.host}:${this.grpcPort}`);
    }
    if (settings.grpc_socket_path !== '') await server.listen(settings.grpc_socket_path, tls);
  }
}
