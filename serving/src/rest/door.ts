import type {Server} from 'node:http';
import type {FastifyInstance} from 'fastify';
import type {Settings} from '../config/flags.js';
import type {ModelManager} from '../lifecycle/manager.js';
import type {Metrics} from '../metrics/metrics.js';
import {BodyCodec} from '../offload/body-codec.js';
import type {WorkerPool} from '../offload/pool.js';
import type {V2Inference} from '../v2/inference.js';
import {restApp} from './app.js';
import type {RestOptions} from './handler.js';
import type {HttpOptions} from './options.js';

/** Connections that come at once: Node's 511 are too few for a thousand clients that start together. The system may allow fewer. */
const BACKLOG = 4096;

/** A compressed body may grow to this, as with the original. */
const MAX_INFLATED_BYTES = 100 * 1024 * 1024;

/** What a door leads to, and whom it lets in. */
export interface Behind extends Pick<HttpOptions, 'tls' | 'gate'>, Pick<RestOptions, 'onRequest'> {
  readonly models: ModelManager;
  readonly v2: V2Inference;
  readonly metrics: Metrics;
  /** Adds the routes that are not inference. */
  readonly others: (routes: FastifyInstance) => void;
}

/** What all doors of a server have in common. */
interface Shared extends Pick<RestOptions, 'requestLog'>, Pick<HttpOptions, 'budget'> {
  readonly workers: WorkerPool;
}

/** Makes REST doors as a server's settings want them. Each is closed still: nothing listens. */
export function restDoors(
  settings: Settings,
  {requestLog, workers, budget}: Shared,
): (behind: Behind) => Promise<Server> {
  return async ({models, v2, metrics, onRequest, tls, gate, others}) => {
    const rest = {
      timeoutMs: settings.rest_api_timeout_in_ms,
      cors: settings.rest_api_enable_cors_support,
      checkMethodName: settings.enable_signature_method_name_check,
      onRequest,
      onExamples: metrics.examples.bind(metrics),
      requestLog,
      maxInflatedBytes: MAX_INFLATED_BYTES,
      codec: new BodyCodec(workers),
    };
    const http = {
      maxBodyBytes: settings.rest_api_max_body_bytes,
      requestTimeoutMs: settings.rest_api_request_timeout_in_ms,
      tls,
      gate,
      budget,
    };
    const app = restApp(models, v2, rest, http, others);
    await app.ready();
    return app.server;
  };
}

/** @param port below 1 for one that the system chooses. @throws when it cannot be had. */
export function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({port: Math.max(0, port), host, backlog: BACKLOG}, resolve);
  });
}

/** Closes a door: lets every answer that is due go out, and ends connections as they fall idle. */
export async function closed(server: Server): Promise<void> {
  const done = new Promise<void>(resolve => server.close(() => resolve()));
  const idle = setInterval(() => server.closeIdleConnections(), 50);
  await done;
  clearInterval(idle);
}
