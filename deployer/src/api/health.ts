import type {FastifyInstance} from 'fastify';
import Type from 'typebox';
import type {QueueDoor} from '../queue/door.js';
import type {QueueHealth} from '../queue/metrics.js';

const Health = Type.Object({
  status: Type.Enum(['ok', 'no workers', 'queue down']),
  workers: Type.Integer(),
  waiting: Type.Integer(),
  active: Type.Integer(),
});

/** `GET /healthz`: 200 when a deployment would be accepted, 503 when it would not. */
export function addHealth(app: FastifyInstance, {queue}: {queue: QueueDoor}): void {
  const schema = {summary: 'Whether deployments are accepted and worked on.', response: {200: Health, 503: Health}};
  app.get('/healthz', {schema}, async (_request, reply) => {
    const health = await queue.health().catch((): QueueHealth | null => null);
    if (!health) return reply.status(503).send({status: 'queue down', workers: 0, waiting: 0, active: 0});
    return {status: health.workers > 0 ? 'ok' : 'no workers', ...health};
  });
  app.get(
    '/metrics',
    {schema: {summary: 'Figures for Prometheus.', produces: ['text/plain']}},
    async (_request, reply) => reply.type('text/plain; version=0.0.4; charset=utf-8').send(await queue.metrics()),
  );
}
