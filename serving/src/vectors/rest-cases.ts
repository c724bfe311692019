import {BodyBudget} from '../admission/body-budget.js';
import {BodyCodec} from '../offload/body-codec.js';
import {Cancellation} from '../deadline/cancellation.js';
import {WorkerPool} from '../offload/pool.js';
import {NO_LOG} from '../logging/request-log.js';
import {request as httpRequest} from 'node:http';
import fastify from 'fastify';
import {metricsRoutes} from '../admin/metrics.js';
import {Metrics} from '../metrics/metrics.js';
import {RestHandler} from '../rest/handler.js';
import {BodylessError, findRoute, isRestPath} from '../rest/route.js';
import {StatusError} from '../status/status.js';
import {compareJson, compareMessage, firstOf, same, type Failure} from './compare.js';
import type {ServedModels} from './served-models.js';
import type {Expectation, Vector, VectorInput} from './vector.js';

/** Cases of the REST door: routes, and whole requests against real models. */

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export async function routeCase({input, expect}: Vector): Promise<Failure> {
  const {method = 'GET', path = '/'} = input;
  if (expect.dispatched !== undefined) return same('dispatched', isRestPath(path), expect.dispatched);
  try {
    const route = findRoute(method, path);
    const target = 'target' in route ? route.target : {name: ''};
    return firstOf(
      same('match', true, expect.match),
      same('model', target.name, expect.model ?? ''),
      same('version', target.version === undefined ? undefined : Number(target.version), expect.version),
      same('label', target.label, expect.label),
      expect.method === undefined ? null : same('method', route.kind, expect.method),
      expect.subresource === undefined ? null : same('subresource', route.kind, expect.subresource),
    );
  } catch (error) {
    if (error instanceof StatusError || error instanceof BodylessError) return same('match', false, expect.match);
    throw error;
  }
}

/** @param url where a server with the case's model listens; null to ask one in this process. */
export async function requestCase({input, expect}: Vector, models: ServedModels, url: string | null): Promise<Failure> {
  const answer = url === null ? await askHere(input, models) : await askServer(input, url);
  return compareAnswer(expect, answer);
}

function compareAnswer(expect: Expectation, answer: Answer): Failure {
  const wantsError = expect.http !== undefined && expect.http >= 400;
  return firstOf(
    same('HTTP status', answer.status, expect.http),
    ...Object.entries(expect.headers ?? {}).map(([name, value]) =>
      same(name, answer.headers[name.toLowerCase()], value),
    ),
    expect.body_contains === undefined || answer.body.includes(expect.body_contains)
      ? null
      : same('body', answer.body, expect.body_contains),
    wantsError ? compareMessage(expect, errorOf(answer.body)) : compareJson(expect, answer.body),
  );
}

function errorOf(body: string): string {
  try {
    return (JSON.parse(body) as {error: string}).error;
  } catch {
    return body;
  }
}

async function askHere(
  {server, method = 'GET', path = '/', body = ''}: VectorInput,
  models: ServedModels,
): Promise<Answer> {
  if (server === undefined) throw new Error('the case names no server');
  const handler = new RestHandler(await models.forSetup(server), {
    timeoutMs: 30_000,
    cors: false,
    checkMethodName: false,
    onRequest: () => undefined,
    onExamples: () => undefined,
    requestLog: NO_LOG,
    codec: new BodyCodec(new WorkerPool(1)),
    maxInflatedBytes: 1024 * 1024,
  });
  const arrivedAt = performance.now();
  const reservation = new BodyBudget(Infinity).reserve();
  const signal = new Cancellation();
  const request = {method, target: path, headers: {}, body: Buffer.from(body), arrivedAt, signal, reservation};
  const answer = await handler.handle(request);
  return {status: answer.status, headers: answer.headers, body: answer.body.toString('utf8')};
}

/** Sends just what the case has: no header that it does not name. */
function askServer({method = 'GET', path = '/', body = ''}: VectorInput, url: string): Promise<Answer> {
  const {hostname, port} = new URL(url);
  return new Promise((resolve, reject) => {
    const request = httpRequest({hostname, port, method, path}, response => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const {statusCode: status = 0, headers} = response;
        resolve({status, headers, body: Buffer.concat(chunks).toString('utf8')});
      });
    });
    request.on('error', reject);
    request.end(body === '' ? undefined : body);
  });
}

/** The metrics where a monitoring configuration wants them. */
export async function metricsPathCase({input, expect}: Vector): Promise<Failure> {
  const {path = '/'} = input;
  const app = fastify();
  metricsRoutes(app, path, () => new Metrics().text(true, []));
  const {statusCode: status, headers, body} = await app.inject({method: 'GET', url: path});
  await app.close();
  return compareAnswer(expect, {status, headers: headers as Answer['headers'], body});
}
