import type {FastifyInstance} from 'fastify';

export interface Health {
  /** True when every wanted model is AVAILABLE and the server is not on its way out. */
  ready(): boolean;
}

/** /livez: the process answers. /readyz and /healthz: it can do its work; 503 while it cannot. */
export function healthRoutes(app: FastifyInstance, health: Health): void {
  app.get('/livez', async () => ({status: 'ok'}));
  for (const path of ['/readyz', '/healthz']) {
    app.get(path, async (_request, reply) => {
      const ready = health.ready();
      return reply.code(ready ? 200 : 503).send({status: ready ? 'ok' : 'not ready'});
    });
  }
}
