import {lstat} from 'node:fs/promises';
import path from 'node:path';
import type {TypeBoxTypeProvider} from '@fastify/type-provider-typebox';
import {NAME_PATTERN} from '@ingot/tensorflow/contract';
import type {FastifyInstance} from 'fastify';
import Type from 'typebox';
import {Deployment, DeploymentRequest, RequestedBy} from '../deployment.js';
import {faults} from '../errors.js';
import {deploymentId} from '../queue/record.js';
import type {QueueDoor} from '../queue/door.js';
import {failures, toEvent, type Audit} from './common.js';
import type {EventStreams} from './events.js';

const Params = Type.Object({id: Type.String({maxLength: 200, pattern: NAME_PATTERN.replace('127', '170')})});
const Query = Type.Object({
  model: Type.Optional(Type.String({pattern: NAME_PATTERN})),
  limit: Type.Optional(Type.String({pattern: '^[1-9]\\d{0,2}$', description: 'At most so many, 50 when not given.'})),
});
const By = Type.Optional(Type.Object({requestedBy: Type.Optional(RequestedBy)}, {additionalProperties: false}));

export function addDeploymentRoutes(
  plain: FastifyInstance,
  {queue, stagingDir, audit}: {queue: QueueDoor; stagingDir: string; audit: Audit},
  streams: EventStreams,
): void {
  const app = plain.withTypeProvider<TypeBoxTypeProvider>();

  app.post(
    '/api/deployments',
    {
      schema: {
        summary:
          'Deploy a staged model. Asking again for the same one gives the same deployment; a failed one is retried.',
        body: DeploymentRequest,
        response: {202: Deployment, ...failures},
      },
    },
    async (request, reply) => {
      const {staged} = request.body;
      const known = await queue.find(deploymentId(staged));
      if (!known && !(await isFolder(path.join(stagingDir, staged)))) throw faults.noStaged(staged);
      const {deployment, created} = await queue.submit(request.body);
      if (created || known?.state === 'failed') await audit(toEvent(created ? 'requested' : 'retried', deployment));
      return reply.status(202).send(deployment);
    },
  );

  app.get(
    '/api/deployments',
    {
      schema: {
        summary: 'Deployments, newest first.',
        querystring: Query,
        response: {200: Type.Array(Deployment), ...failures},
      },
    },
    async ({query}) => queue.list({model: query.model, limit: Number(query.limit ?? 50)}),
  );

  app.get(
    '/api/deployments/:id',
    {schema: {summary: 'One deployment.', params: Params, response: {200: Deployment, ...failures}}},
    async ({params}) => queue.get(params.id),
  );

  app.get(
    '/api/deployments/:id/events',
    {
      schema: {
        summary: 'Server-sent events: the deployment each time that it changes, until it is live or failed.',
        params: Params,
        produces: ['text/event-stream'],
      },
    },
    async ({params}, reply) => streams.stream(params.id, reply),
  );

  app.post(
    '/api/deployments/:id/retry',
    {
      schema: {
        summary: 'Try a failed deployment again.',
        params: Params,
        body: By,
        response: {202: Deployment, ...failures},
      },
    },
    async ({params, body}, reply) => {
      const deployment = await queue.retry(params.id);
      await audit(toEvent('retried', deployment, body?.requestedBy));
      return reply.status(202).send(deployment);
    },
  );

  app.post(
    '/api/deployments/:id/cancel',
    {
      schema: {
        summary:
          'Give up a deployment before its version is published, or the live version changes; it then is failed.',
        params: Params,
        body: By,
        response: {202: Deployment, ...failures},
      },
    },
    async ({params, body}, reply) => {
      const deployment = await queue.cancel(params.id, body?.requestedBy ?? 'unknown');
      await audit(toEvent('cancelled', deployment, body?.requestedBy));
      return reply.status(202).send(deployment);
    },
  );
}

async function isFolder(dir: string): Promise<boolean> {
  return lstat(dir).then(
    stats => stats.isDirectory(),
    () => false,
  );
}
