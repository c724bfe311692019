import type {AddressInfo} from 'node:net';
import type {RequestListener, Server} from 'node:http';
import {availableParallelism} from 'node:os';
import fastify from 'fastify';
import {healthRoutes} from './admin/health.js';
import type {Settings} from './config/flags.js';
import type {Engine} from './engine/engine.js';
import {concurrencyLimit} from './lifecycle/limit.js';
import {Loader} from './lifecycle/loader.js';
import {ModelManager, type ModelSources} from './lifecycle/manager.js';
import {availabilityPreserving} from './lifecycle/transition.js';
import type {Log} from './log.js';
import {RestHandler} from './rest/handler.js';
import {createHttpServer} from './rest/server.js';

/** A compressed body may grow to this, as with the original. */
const MAX_INFLATED_BYTES = 100 * 1024 * 1024;

/** The model server: life cycle, doors, and how they are opened and closed. */
export class ModelServer {
  readonly models: ModelManager;
  private http: Server | null = null;
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

  /** Opens the doors and looks at the models; /readyz says when all are loaded. */
  async start(): Promise<void> {
    const {settings} = this;
    if (settings.rest_api_port !== 0) await this.openRest(settings.rest_api_port);
    await this.models.start(settings.file_system_poll_wait_seconds * 1000);
  }

  /** Stops taking requests, answers those that run, frees the models. */
  async stop(): Promise<void> {
    this.draining = true;
    await this.closeRest();
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
    healthRoutes(app, {ready: () => !this.draining && this.models.ready});
    await app.ready();
    this.http = app.server;
    await new Promise<void>((resolve, reject) => {
      app.server.once('error', reject);
      app.server.listen(Math.max(0, port), settings.host, resolve);
    });
    this.log('info', `REST listens on http://${settings.host}:${this.restPort}`);
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
