import type {AddressInfo} from 'node:net';
import swagger from '@fastify/swagger';
import {TypeBoxValidatorCompiler} from '@fastify/type-provider-typebox';
import {fastify, type FastifyInstance} from 'fastify';
import type {ModelController} from '../control/controller.js';
import type {ModelManager} from '../lifecycle/manager.js';
import type {Log} from '../log.js';
import {addControlRoutes} from './control-routes.js';
import {addFailures} from './faults.js';
import {TOKEN_HEADER, addGuard} from './guard.js';

export interface AdminSettings {
  readonly host: string;
  /** -1 for any free one. */
  readonly port: number;
  readonly token: string;
}

const BODY_LIMIT = 64 * 1024;
const REQUEST_TIMEOUT_MS = 10_000;
const HEADERS_TIMEOUT_MS = 5_000;
const MAX_CONNECTIONS = 64;

/** The admin API, a door of its own, so that the doors for clients can be opened wide without it. */
export class AdminDoor {
  private constructor(private readonly app: FastifyInstance) {}

  get port(): number {
    return (this.app.server.address() as AddressInfo).port;
  }

  /** @throws when the port cannot be had. */
  static async open(
    {host, port, token}: AdminSettings,
    models: ModelManager,
    controller: ModelController,
    log: Log,
  ): Promise<AdminDoor> {
    // Node's server must be told the limits, too: Fastify's own do not stop a body that drips in.
    const limits = {requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: HEADERS_TIMEOUT_MS};
    const app = fastify({
      bodyLimit: BODY_LIMIT,
      requestTimeout: REQUEST_TIMEOUT_MS,
      http: {...limits, connectionsCheckingInterval: 500},
    });
    app.server.maxConnections = MAX_CONNECTIONS;
    app.setValidatorCompiler(TypeBoxValidatorCompiler);
    acceptOnlyJson(app);
    addFailures(app, log);
    addGuard(app, token);
    app.addHook('onResponse', async ({method, url}, {statusCode}) => {
      if (method !== 'GET' || statusCode >= 400) log('info', `admin: ${method} ${url} ${statusCode}`);
    });
    await app.register(swagger, {
      openapi: {
        openapi: '3.1.0',
        info: {title: 'Ingot model server: model control', version: '1'},
        components: {securitySchemes: {token: {type: 'apiKey', in: 'header', name: TOKEN_HEADER}}},
        security: [{token: []}],
      },
    });
    addControlRoutes(app, models, controller);
    const hidden = {schema: {hide: true}};
    app.get('/livez', hidden, async () => ({status: 'ok'}));
    app.get('/openapi.json', hidden, async () => app.swagger());
    await app.listen({host, port: Math.max(0, port)});
    const door = new AdminDoor(app);
    log('info', `Model control listens on http://${host}:${door.port}`);
    return door;
  }

  async close(): Promise<void> {
    const idle = setInterval(() => this.app.server.closeIdleConnections(), 50);
    await this.app.close();
    clearInterval(idle);
  }
}

/** An order without parameters may come without a body: it is then taken for an empty object. */
function acceptOnlyJson(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  const parse = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser('application/json', {parseAs: 'string'}, (request, body, done) => {
    if (body === '') done(null, {});
    else void parse(request, body as string, done);
  });
  app.addHook('preValidation', async request => {
    if (request.method === 'POST') request.body ??= {};
  });
}
