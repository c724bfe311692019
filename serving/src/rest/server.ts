import {
  createServer,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import {createServer as createTlsServer} from 'node:https';
import {NOT_ADMITTED, type Gate} from '../admission/gate.js';
import {Cancellation} from '../deadline/cancellation.js';
import {writeErrorResponse} from '../codec/json/bodies/error-response.js';
import {announced, readBody} from './body.js';
import {answer, flatten, type Handler} from './answer.js';
import type {RestResponse} from './handler.js';
import {ONE_WRITE_BYTES} from '../http1/connection.js';
import {answerPlainRequests} from '../http1/server.js';
import type {HttpOptions} from './options.js';
import {plainResponder} from './plain.js';

/** How long the rest of a refused body is thrown away before the connection is cut. */
const LINGER_MS = 2000;

/**
 * The HTTP server of the REST door. Requests that `choose` has a handler for go straight to it, body in one buffer; all
 * others to `others` (Fastify's listener), which costs more for each request and does more. Plain ones do without node:http.
 */
export function createHttpServer(
  choose: (target: string) => Handler | null,
  options: HttpOptions,
  others: RequestListener,
): Server {
  const server = createNodeServer(choose, options, others);
  answerPlainRequests(server, head => plainResponder(choose, options, head));
  return server;
}

/** The same with node:http for all requests: what plain requests are answered must be what this answers. */
export function createNodeServer(
  choose: (target: string) => Handler | null,
  options: HttpOptions,
  others: RequestListener,
): Server {
  const listener: RequestListener = (request, response) => {
    const arrivedAt = performance.now();
    const {method = '', headers} = request;
    const target = originForm(request.url ?? '');
    request.url = target;
    if (!mayCall(request, options.gate)) return refuse(response, 401, NOT_ADMITTED, {'www-authenticate': 'Bearer'});
    const handler = choose(target);
    if (handler === null) return others(request, response);
    const reservation = options.budget.reserve();
    readBody(request, options.maxBodyBytes, reservation, body => {
      if (Buffer.isBuffer(body)) {
        const signal = new Cancellation();
        response.on('close', () => signal.abort());
        const whole = {method, target, headers, body, arrivedAt, signal, reservation};
        return answer(handler, whole, (ready, onSent) => send(response, ready, server.listening, onSent));
      }
      reservation.release();
      refuse(response, body.status, body.message, body.status === 503 ? {'retry-after': '1'} : {});
    });
  };
  /** Who asks before sending (curl does, from 1 MB on) need not send what would be refused. */
  const continues: RequestListener = (request, response) => {
    const length = announced(request);
    const admitted = length <= options.maxBodyBytes && options.budget.admits(length);
    if (admitted && mayCall(request, options.gate)) response.writeContinue();
    listener(request, response);
  };
  const timeouts = {
    requestTimeout: options.requestTimeoutMs,
    headersTimeout: Math.min(20_000, options.requestTimeoutMs),
    connectionsCheckingInterval: 1000,
    keepAliveTimeout: 75_000,
    noDelay: true,
  };
  const {tls} = options;
  const client = tls?.clientCa === undefined ? {} : {ca: tls.clientCa, requestCert: true, rejectUnauthorized: true};
  const server =
    tls === null
      ? createServer(timeouts, listener)
      : createTlsServer({...timeouts, key: tls.key, cert: tls.cert, ...client}, listener);
  return server.on('checkContinue', continues);
}

/** A browser asks whether it may send a token before it has one. */
function mayCall({method, url = '', headers}: IncomingMessage, gate: Gate): boolean {
  return method === 'OPTIONS' || gate.admits(headers.authorization, originForm(url).split('?', 1)[0] ?? '');
}

/** A request may name its target with scheme and host in front (RFC 9112, 3.2.2), as it would for a proxy. */
function originForm(url: string): string {
  return url.startsWith('/') ? url : url.replace(/^https?:\/\/[^/?#]*(?=\/)/i, '');
}

/**
 * @param open whether the connection may be kept for another request
 * @param onSent called when all has left, or the client has
 */
function send(
  response: ServerResponse,
  {status, headers, body}: RestResponse,
  open: boolean,
  onSent?: () => void,
): void {
  if (response.destroyed) return onSent?.();
  if (onSent !== undefined) response.once('close', onSent);
  if (!open) response.shouldKeepAlive = false;
  response.writeHead(status, [...flatten(headers), 'content-length', String(body.length)]);
  // A string goes out in one write with the head; a buffer would be a second one.
  if (body.length <= ONE_WRITE_BYTES) response.end(body.toString('latin1'), 'latin1');
  else response.end(body);
}
/**
 * Answers at once, and ends the connection once the client has sent everything: one that is still sending when its
 * connection is cut sees no answer. What it sends is thrown away, for a while.
 */
function refuse(response: ServerResponse, status: number, message: string, headers: OutgoingHttpHeaders = {}): void {
  const body = writeErrorResponse(message);
  const {req: request} = response;
  const own = {'content-type': 'application/json', 'content-length': body.length, connection: 'close'};
  response.writeHead(status, {...own, ...headers});
  response.write(body);
  const end = (): void => void response.end();
  const timer = setTimeout(() => request.destroy(), LINGER_MS);
  request.once('close', () => clearTimeout(timer));
  request.once('end', end).resume();
}
