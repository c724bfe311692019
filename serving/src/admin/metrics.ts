import type {FastifyInstance} from 'fastify';

/**
 * The metrics for Prometheus: always at /metrics, and where --monitoring_config_file wants them.
 * @param path null when there is no such file
 */
export function metricsRoutes(app: FastifyInstance, path: string | null, text: () => string): void {
  app.get('/metrics', async (_request, reply) => reply.type('text/plain; version=0.0.4').send(text()));
  if (path === null || path === '/metrics') return;
  app.get(path, async (request, reply) => {
    // The original takes a query for another path, and says so.
    if (request.url !== path) {
      return reply.code(400).type('text/plain').send(`Unexpected path: ${request.url}. Should be ${path}`);
    }
    // Without a charset, as the original has it.
    return reply.header('content-type', 'text/plain').send(Buffer.from(text()));
  });
}
