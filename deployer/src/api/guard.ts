import {createHash, timingSafeEqual} from 'node:crypto';
import type {FastifyInstance, FastifyRequest} from 'fastify';
import {CLIENT_HEADER, TOKEN_HEADER} from '../deployment.js';
import {faults} from '../errors.js';

export interface GuardOptions {
  readonly token: string;
  /** Host names besides loopback's, in lower case. */
  readonly allowedHosts: readonly string[];
}

/** Answered without a token: they say nothing that is secret. */
const OPEN_PATHS = new Set(['/healthz', '/metrics']);
const READS = new Set(['GET', 'HEAD']);

/**
 * Who may call. The Jupyter server's proxy puts the token in, but checks neither the origin of a request nor its XSRF
 * token: a page of another site could have a logged-in browser send one. So a browser's request must come from the very
 * host that it is sent to, and a write must be JSON and carry a header that no other site can have it send.
 * Cookies and `Authorization`, which the proxy passes on, mean nothing here.
 */
export function addGuard(app: FastifyInstance, options: GuardOptions): void {
  const wanted = digest(options.token);
  app.addHook('onRequest', async request => {
    checkHost(request, options.allowedHosts);
    checkOrigin(request, options.allowedHosts);
    if (OPEN_PATHS.has(request.routeOptions.url ?? '')) return;
    const token = request.headers[TOKEN_HEADER];
    if (typeof token !== 'string' || !timingSafeEqual(digest(token), wanted)) throw faults.wrongToken();
    if (READS.has(request.method)) return;
    if (!request.headers[CLIENT_HEADER]) throw faults.missingClient();
    const type = request.headers['content-type'] ?? '';
    if (!/^application\/json *(;|$)/i.test(type)) throw faults.notJson(type);
  });
}

function checkHost(request: FastifyRequest, allowed: readonly string[]): void {
  const host = hostName(`http://${request.headers.host ?? ''}`);
  if (host === null || !(isLoopback(host) || allowed.includes(host))) {
    throw faults.foreignHost(String(request.headers.host ?? ''));
  }
}

function checkOrigin(request: FastifyRequest, allowed: readonly string[]): void {
  const site = request.headers['sec-fetch-site'];
  const {origin} = request.headers;
  if (site === 'cross-site') throw faults.foreignOrigin(origin ?? 'unknown');
  if (origin === undefined) return;
  const from = URL.canParse(origin) ? new URL(origin) : null;
  const same = from !== null && from.host === request.headers.host?.toLowerCase();
  if (!from || !(same || allowed.includes(from.hostname.toLowerCase()))) throw faults.foreignOrigin(origin);
}

function hostName(url: string): string | null {
  return URL.canParse(url) ? new URL(url).hostname.toLowerCase() : null;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/** Digests are of one length, which the comparison in constant time needs. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
