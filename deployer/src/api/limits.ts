import type {Server} from 'node:http';
import type {FastifyHttpOptions, FastifyInstance} from 'fastify';

export const BODY_LIMIT = 64 * 1024;

/** How long and how large a request may be. */
export interface Limits {
  readonly requestTimeoutMs: number;
  readonly headersTimeoutMs: number;
  readonly maxConnections: number;
}

export const LIMITS: Limits = {requestTimeoutMs: 10_000, headersTimeoutMs: 5_000, maxConnections: 512};

/**
 * Fastify's own `requestTimeout` does not stop a body that drips in (fastify#4008): Node's server must be told, too. It
 * needs both, since Fastify overwrites what the server was told with its own.
 */
export function serverOptions(limits: Limits): FastifyHttpOptions<Server> {
  return {
    bodyLimit: BODY_LIMIT,
    requestTimeout: limits.requestTimeoutMs,
    http: {
      requestTimeout: limits.requestTimeoutMs,
      headersTimeout: limits.headersTimeoutMs,
      connectionsCheckingInterval: 500,
    },
  };
}

/** Lets running requests end, but does not wait for kept-alive connections without one (fastify#7044). */
export function closeIdleConnectionsOnClose(app: FastifyInstance): void {
  app.addHook('preClose', async () => {
    const timer = setInterval(() => app.server.closeIdleConnections(), 50);
    app.server.once('close', () => clearInterval(timer));
  });
}
