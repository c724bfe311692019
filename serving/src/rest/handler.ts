import type {CancelSignal} from '@ingot/tensorflow/session';
import type {BodyReservation} from '../admission/body-budget.js';
import {writeErrorResponse} from '../codec/json/bodies/error-response.js';
import {protoJson, writeMetadataResponse} from '../codec/json/bodies/metadata-response.js';
import {writeClassifyResponse, writeRegressResponse} from '../codec/json/bodies/results.js';
import {statusJson, writeStatusResponse} from '../codec/json/bodies/status-response.js';
import {Deadline} from '../deadline/deadline.js';
import {classify, regress} from '../inference/examples.js';
import type {ModelManager} from '../lifecycle/manager.js';
import type {Servable} from '../lifecycle/servable.js';
import type {RequestEvent} from '../metrics/metrics.js';
import {HTTP_STATUS, invalidArgument, toStatusError, type Code} from '../status/status.js';
import {logExamples} from '../logging/log-call.js';
import type {BodyCodec} from '../offload/body-codec.js';
import type {RequestLog} from '../logging/request-log.js';
import {contentEncoding, inflate} from './inflate.js';
import {predict, predictProtobuf} from './predict.js';
import {VersionHeaders} from './version-headers.js';
import {BodylessError, MalformedError, findRoute, type ModelRoute, type Route} from './route.js';

/** A request as the HTTP server below got it: headers in lower case, the body as it came. */
export interface RestRequest {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
  /** When its head had come, by performance.now(). */
  readonly arrivedAt: number;
  /** Aborted when the client goes before it has its answer. */
  readonly signal: CancelSignal;
  /** What its body takes of the server's budget. */
  readonly reservation: BodyReservation;
  /** The version that the request was given to, once it was. */
  answeredBy?: Servable;
}

export interface RestResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface RestOptions {
  readonly timeoutMs: number;
  readonly cors: boolean;
  /** Classify and regress only by signatures that are marked for it. */
  readonly checkMethodName: boolean;
  /** Told of every request once it is answered. */
  readonly onRequest: (event: RequestEvent) => void;
  /** Told of how many examples each classify and regress is. */
  readonly onExamples: (model: string, count: number) => void;
  readonly requestLog: RequestLog;
  readonly codec: BodyCodec;
  /** What a compressed body may grow to, in bytes. */
  readonly maxInflatedBytes: number;
}

const JSON_HEADERS = {'content-type': 'application/json'};
const CORS_HEADERS = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'POST, GET',
  'access-control-allow-headers': 'Content-Type',
};
const EMPTY = Buffer.alloc(0);
const INFERENCE: ReadonlySet<string> = new Set(['predict', 'classify', 'regress']);
/** A :predict body of this type is a serialized PredictRequest, and so is the answer: for large tensors. */
const PROTOBUF = /^application\/(x-)?protobuf\b/i;

/** TensorFlow Serving's REST API, request to response, whatever server carries it. */
export class RestHandler {
  private readonly headers: Readonly<Record<string, string>>;
  private readonly jsonHeaders: VersionHeaders;
  private readonly protobufHeaders: VersionHeaders;

  constructor(
    private readonly models: ModelManager,
    private readonly options: RestOptions,
  ) {
    this.headers = options.cors ? {...JSON_HEADERS, ...CORS_HEADERS} : JSON_HEADERS;
    this.jsonHeaders = new VersionHeaders(this.headers);
    this.protobufHeaders = new VersionHeaders({...this.headers, 'content-type': 'application/x-protobuf'});
  }

  /** Answers a request for a path below /v1/. Never throws. */
  async handle(request: RestRequest): Promise<RestResponse> {
    const started = performance.now();
    let model = '';
    let api = '';
    let code: Code = 'OK';
    let deadline: Deadline | undefined;
    try {
      const route = findRoute(request.method, request.target);
      if (route.kind === 'preflight') return this.preflight(request);
      if ('target' in route) model = route.target.name;
      if (INFERENCE.has(route.kind)) api = route.kind;
      deadline = Deadline.of(request.headers, request.arrivedAt, this.options.timeoutMs);
      return await this.answer(route, request, deadline);
    } catch (error) {
      if (error instanceof BodylessError) {
        code = 'INVALID_ARGUMENT';
        return {status: 400, headers: this.headers, body: EMPTY};
      }
      const found = toStatusError(error);
      const status = deadline?.explain(found) ?? found;
      code = status.code;
      const headers = {
        ...this.jsonHeaders.of(request.answeredBy),
        ...(code === 'UNAVAILABLE' && {'retry-after': '1'}),
        ...(found instanceof MalformedError && {'ingot-hint': found.hint}),
      };
      return {status: HTTP_STATUS[code], headers, body: writeErrorResponse(status.message)};
    } finally {
      const micros = (performance.now() - started) * 1000;
      const {answeredBy} = request;
      this.options.onRequest({model, api, entrypoint: 'REST', code, micros, answeredBy});
    }
  }

  private async answer(
    route: Exclude<Route, {kind: 'preflight'}>,
    request: RestRequest,
    deadline: Deadline,
  ): Promise<RestResponse> {
    const sent = bodyOf(request, this.options.maxInflatedBytes);
    const body = Buffer.isBuffer(sent) ? sent : await sent;
    if (route.kind === 'predict' && PROTOBUF.test(String(request.headers['content-type'] ?? ''))) {
      const answer = await predictProtobuf(this.models, route.target, body, deadline, this.options, request);
      return {status: 200, headers: this.protobufHeaders.of(request.answeredBy), body: answer};
    }
    // What is awaited here is awaited once a request: the functions below return promises, they do not wrap them.
    const answer = await this.jsonAnswer(route, request, body, deadline);
    return {status: 200, headers: this.jsonHeaders.of(request.answeredBy), body: answer};
  }

  private jsonAnswer(
    route: Exclude<Route, {kind: 'preflight'}>,
    request: RestRequest,
    body: Buffer,
    deadline: Deadline,
  ): Buffer | Promise<Buffer> {
    switch (route.kind) {
      case 'predict':
        return predict(this.models, route.target, body, deadline, this.options, request);
      case 'classify':
      case 'regress':
        return this.examples(route, body, deadline, request);
      case 'status':
        return writeStatusResponse(this.models.statuses(route.target.name, route.target.version));
      case 'metadata':
        return this.metadata(route);
      case 'models':
        return this.list(request);
    }
  }

  private async examples(
    {kind, target}: ModelRoute,
    body: Buffer,
    deadline: Deadline,
    asker: RestRequest,
  ): Promise<Buffer> {
    const reading = this.options.codec.readExamples(body);
    const {signatureName: requested, examples} = await deadline.within(reading);
    const lease = this.models.acquire(target, asker);
    try {
      const {checkMethodName, requestLog} = this.options;
      const {servable} = lease;
      const options = {deadlineMs: deadline.leftMs, signal: asker.signal, checkMethodName};
      this.options.onExamples(servable.model, examples.length);
      if (kind === 'classify') {
        const {signatureName, result} = await classify(servable, requested, examples, options);
        logExamples(requestLog, servable, signatureName, examples, {classes: result});
        return writeClassifyResponse(result);
      }
      const {signatureName, result} = await regress(servable, requested, examples, options);
      logExamples(requestLog, servable, signatureName, examples, {values: result});
      return writeRegressResponse(result);
    } finally {
      lease.release();
    }
  }

  private metadata({target}: ModelRoute): Buffer {
    const lease = this.models.acquire(target);
    try {
      const {version, signatureDefs} = lease.servable;
      return writeMetadataResponse(target.name, version, signatureDefs);
    } finally {
      lease.release();
    }
  }

  /**
   * All models and their versions. The original knows no such list: a client that does not say what it accepts gets the
   * original's error, so that both contracts hold.
   */
  private list({headers}: RestRequest): Buffer {
    if (headers['accept'] === undefined) throw invalidArgument('Missing model name in request.');
    const models = this.models.names.map(name => ({
      name,
      ...this.models.live(name),
      model_version_status: this.models.states(name).map(statusJson),
    }));
    return protoJson({models});
  }

  private preflight({headers}: RestRequest): RestResponse {
    const origin = String(headers['origin'] ?? '');
    const allowed = origin.includes('http://') || origin.includes('https://');
    return {status: allowed ? 200 : 400, headers: this.options.cors ? CORS_HEADERS : {}, body: EMPTY};
  }
}

/** The body as it was before it was compressed, if it was; gzip that cannot be inflated counts as empty, as in the original. */
function bodyOf({headers, body, reservation}: RestRequest, maxBytes: number): Buffer | Promise<Buffer> {
  if (headers['content-encoding'] === undefined) return body;
  const encoding = contentEncoding(headers);
  if (encoding.includes('gzip')) return inflate(body, 'gzip', maxBytes, reservation).catch(emptyIfDamaged);
  return encoding === 'deflate' ? inflate(body, encoding, maxBytes, reservation) : body;
}

function emptyIfDamaged(error: unknown): Buffer {
  if (toStatusError(error).code === 'UNAVAILABLE') throw error;
  return EMPTY;
}
