import swagger from '@fastify/swagger';
import {TypeBoxValidatorCompiler, type TypeBoxTypeProvider} from '@fastify/type-provider-typebox';
import {fastify, type FastifyInstance} from 'fastify';
import type {Log} from '../log.js';
import type {QueueDoor} from '../queue/door.js';
import type {ServingClient} from '../serving/client.js';
import type {Settings} from '../settings.js';
import type {Audit} from './common.js';
import {addDeploymentRoutes} from './deployments.js';
import {EventStreams} from './events.js';
import {addFailures} from './failures.js';
import {addGuard} from './guard.js';
import {addHealth} from './health.js';
import {LIMITS, closeIdleConnectionsOnClose, serverOptions, type Limits} from './limits.js';
import {addModelRoutes} from './models.js';

export interface AppOptions {
  readonly token: string;
  readonly allowedHosts: readonly string[];
  readonly modelsDir: string;
  readonly stagingDir: string;
  readonly queue: QueueDoor;
  readonly serving: ServingClient;
  /** Null: nobody can go back to a version. */
  readonly servingAdmin: Settings['servingAdmin'];
  readonly log: Log;
  readonly audit: Audit;
  readonly limits?: Limits;
}

/** Builds the API; the caller listens, and closes the queue after it. */
export async function buildApp(options: AppOptions): Promise<FastifyInstance> {
  const limits = options.limits ?? LIMITS;
  const app = fastify(serverOptions(limits)).withTypeProvider<TypeBoxTypeProvider>();
  app.server.maxConnections = limits.maxConnections;
  app.setValidatorCompiler(TypeBoxValidatorCompiler);
  const streams = new EventStreams(options.queue);
  app.addHook('preClose', async () => streams.closeAll());
  closeIdleConnectionsOnClose(app);
  acceptOnlyJson(app);
  addFailures(app, options.log);
  addGuard(app, options);
  app.addHook('onResponse', async (request, reply) => {
    if (request.method === 'GET' && reply.statusCode < 400) return;
    options.log(
      'info',
      `${request.method} ${request.url.split('?')[0]} ${reply.statusCode} in ${Math.round(reply.elapsedTime)} ms`,
    );
  });
  await app.register(swagger, {openapi: {openapi: '3.1.0', info: {title: 'Ingot deployer', version: '1'}}});
  addHealth(app, options);
  addDeploymentRoutes(app, options, streams);
  addModelRoutes(app, options);
  app.get('/api/openapi.json', {schema: {hide: true}}, async () => app.swagger());
  await app.ready();
  return app;
}

/** A write without parameters may come without a body: it is then taken for an empty object. */
function acceptOnlyJson(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  const parse = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser('application/json', {parseAs: 'string'}, (request, body, done) => {
    if (body === '') done(null, {});
    else parse(request, body as string, done);
  });
  app.addHook('preValidation', async request => {
    if (request.method === 'POST') request.body ??= {};
  });
}
