import type {RequestListener} from 'node:http';
import fastify, {type FastifyInstance} from 'fastify';
import {RestHandler, type RestOptions} from './handler.js';
import {isRestPath} from './route.js';
import type {Handler} from './answer.js';
import type {HttpOptions} from './options.js';
import {createHttpServer} from './server.js';
import type {ModelManager} from '../lifecycle/manager.js';
import {V2RestHandler, isV2Path} from '../v2/rest.js';
import type {V2Inference} from '../v2/inference.js';

/** The REST door: both inference APIs on the bare HTTP server, and Fastify for everything that is not called in a loop. */
export function restApp(
  models: ModelManager,
  v2: V2Inference,
  rest: RestOptions,
  http: HttpOptions,
  /** Adds the other routes. */
  others: (app: FastifyInstance) => void,
): FastifyInstance {
  const v1Handler: Handler = new RestHandler(models, rest);
  const v2Handler: Handler = new V2RestHandler(v2, rest, rest.onRequest);
  const choose = (target: string): Handler | null => {
    if (isRestPath(target)) return v1Handler;
    return isV2Path(target) ? v2Handler : null;
  };
  const app = fastify({
    bodyLimit: 1024 * 1024,
    serverFactory: listener => createHttpServer(choose, http, listener as RequestListener),
  });
  others(app);
  return app;
}
