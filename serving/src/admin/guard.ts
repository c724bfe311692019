import {createHash, timingSafeEqual} from 'node:crypto';
import type {FastifyInstance} from 'fastify';
import {adminFaults} from './faults.js';

/** A request must carry this header with the server's admin token, as it does with the deployer. */
export const TOKEN_HEADER = 'x-ingot-token';

/** Answered without a token: they say nothing that is not in the source. */
const OPEN_PATHS: ReadonlySet<string> = new Set(['/livez', '/openapi.json']);

/**
 * Who may call: programs that have the token, and never a page in a browser. Nothing that a browser adds by itself (a
 * cookie, a login) counts, and a header of one's own needs a preflight, which nobody here answers; a request that says that
 * it comes from a page is refused even with the token.
 */
export function addGuard(app: FastifyInstance, token: string): void {
  const wanted = digest(token);
  app.addHook('onRequest', async request => {
    const {origin, 'sec-fetch-site': site} = request.headers;
    if (origin !== undefined || (site !== undefined && site !== 'none')) throw adminFaults.fromPage(String(origin));
    if (OPEN_PATHS.has(request.routeOptions.url ?? '')) return;
    const given = request.headers[TOKEN_HEADER];
    if (typeof given !== 'string' || !timingSafeEqual(digest(given), wanted)) throw adminFaults.wrongToken();
  });
}

/** Digests are of one length, which the comparison in constant time needs. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
