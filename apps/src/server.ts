import proxy from '@fastify/http-proxy';
import files from '@fastify/static';
import fastify, {type FastifyInstance} from 'fastify';
import {createRequire} from 'node:module';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';

const require = createRequire(import.meta.url);
const ROOM = join(dirname(fileURLToPath(import.meta.url)), '..');

/** What a page may load and call: itself, and nothing else. Plot sets styles on the elements that it makes. */
const POLICY = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'";

/**
 * Serves the pages, and passes what they ask under `/v1/` on to the model server, so that a browser needs no other origin.
 * @param servingUrl the model server's REST address.
 */
export async function buildPages(servingUrl: string): Promise<FastifyInstance> {
  const app = fastify({bodyLimit: 1 << 20});
  app.addHook('onSend', async (_, reply) => {
    reply.headers({'content-security-policy': POLICY, 'x-content-type-options': 'nosniff'});
  });
  await app.register(files, {root: join(ROOM, 'static'), prefix: '/'});
  await app.register(files, {root: join(ROOM, 'lib'), prefix: '/code/', decorateReply: false, allowedPath: isPageCode});
  await app.register(files, {root: packageFolder('d3'), prefix: '/d3/', decorateReply: false});
  await app.register(files, {root: packageFolder('@observablehq/plot'), prefix: '/plot/', decorateReply: false});
  await app.register(proxy, {upstream: servingUrl, prefix: '/v1', rewritePrefix: '/v1', httpMethods: ['GET', 'POST']});
  app.get('/', async (_, reply) => reply.redirect('/gold/'));
  app.get('/healthz', async () => ({status: 'ok'}));
  return app;
}

/** Compiled code of pages only: not the server's own, and no tests. */
function isPageCode(path: string): boolean {
  return /^\/gold\/[a-z-]+\.js$/.test(path);
}

/** The folder with a package's browser builds. */
function packageFolder(name: string): string {
  return join(dirname(require.resolve(name)), '..', 'dist');
}
