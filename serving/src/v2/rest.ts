import {writeErrorResponse} from '../codec/json/bodies/error-response.js';
import {parseDocument} from '../codec/json/parse/document.js';
import {Deadline} from '../deadline/deadline.js';
import type {BodyCodec} from '../offload/body-codec.js';
import type {RestRequest, RestResponse} from '../rest/handler.js';
import {contentEncoding, inflate} from '../rest/inflate.js';
import type {RequestEvent} from '../metrics/metrics.js';
import {HTTP_STATUS, StatusError, invalidArgument, toStatusError, type Code} from '../status/status.js';
import {SERVER, type V2Inference} from './inference.js';
import {rawRequest} from './raw-request.js';
import {noModelControl} from './repository.js';

const MODEL = /^\/v2\/models\/([^/]+)(?:\/versions\/([^/]+))?(?:\/(ready|infer|config))?$/;
const REPOSITORY = /^\/v2\/repository\/(?:(index)|models\/[^/]+\/(?:load|unload))$/;
const SERVER_PATH = /^\/v2(?:\/|\/health\/live|\/health\/ready)?$/;
const JSON_HEADERS = {'content-type': 'application/json'};
/** How much of a body is JSON, when tensors follow it as bytes. */
const HEADER_LENGTH = 'inference-header-content-length';

export function isV2Path(target: string): boolean {
  return target === '/v2' || target.startsWith('/v2/') || target.startsWith('/v2?');
}

export interface V2RestOptions {
  readonly timeoutMs: number;
  /** What a compressed body may grow to, in bytes. */
  readonly maxInflatedBytes: number;
  readonly codec: BodyCodec;
}

/** The Open Inference Protocol V2 over REST. */
export class V2RestHandler {
  constructor(
    private readonly inference: V2Inference,
    private readonly options: V2RestOptions,
    /** Told of every inference once it is answered. */
    private readonly onRequest: (event: RequestEvent) => void,
  ) {}

  /** Answers a request for a path below /v2. Never throws. */
  async handle(request: RestRequest): Promise<RestResponse> {
    try {
      return await this.answer(request);
    } catch (error) {
      const {code, message} = toStatusError(error);
      const headers = code === 'UNAVAILABLE' ? {...JSON_HEADERS, 'retry-after': '1'} : JSON_HEADERS;
      return {status: HTTP_STATUS[code], headers, body: writeErrorResponse(message)};
    }
  }

  private async answer(request: RestRequest): Promise<RestResponse> {
    const {method, target} = request;
    const path = target.split('?', 1)[0] ?? '';
    if (method === 'GET') {
      if (path === '/v2' || path === '/v2/') return json(200, SERVER);
      if (path === '/v2/health/live') return json(200, {live: true});
      if (path === '/v2/health/ready') return json(this.inference.ready ? 200 : 503, {ready: this.inference.ready});
    }
    const [, name, version = '', verb] = MODEL.exec(path) ?? [];
    if (name !== undefined) {
      const model = decode(name);
      if (method === 'GET' && verb === 'ready') return this.modelReady(model, version);
      if (method === 'GET' && verb === undefined) return json(200, this.inference.metadata(model, version));
      if (method === 'GET' && verb === 'config') return json(200, this.inference.config(model, version));
      if (method === 'POST' && verb === 'infer') return this.infer(model, version, request);
    }
    const [repository, index] = REPOSITORY.exec(path) ?? [];
    if (method === 'POST' && repository !== undefined) {
      if (index === undefined) throw noModelControl();
      return json(200, this.inference.index(await this.wantsOnlyReady(request)));
    }
    const allow = methodOf(path);
    if (allow === null) throw new StatusError('NOT_FOUND', `There is no ${method} ${target}; see /v2 and /docs`);
    const body = writeErrorResponse(`${method} is not for ${path}; send ${allow}`);
    return {status: 405, headers: {...JSON_HEADERS, allow}, body};
  }

  private modelReady(name: string, version: string): RestResponse {
    if (this.inference.modelReady(name, version)) return json(200, {name, ready: true});
    const known = this.inference.knows(name, version);
    const trouble = this.inference.trouble(name, version);
    const why = !known ? 'is not here' : trouble === null ? 'does not answer yet' : `does not answer: ${trouble}`;
    const error = `${version === '' ? name : `${name}, version ${version},`} ${why}`;
    return json(known ? 503 : 404, {name, ready: false, error});
  }

  private async infer(name: string, version: string, request: RestRequest): Promise<RestResponse> {
    const started = performance.now();
    let code: Code = 'OK';
    let deadline: Deadline | undefined;
    try {
      deadline = Deadline.of(request.headers, request.arrivedAt, this.options.timeoutMs);
      return await this.run(name, version, request, deadline);
    } catch (error) {
      const found = toStatusError(error);
      const status = deadline?.explain(found) ?? found;
      code = status.code;
      throw status;
    } finally {
      const micros = (performance.now() - started) * 1000;
      const {answeredBy} = request;
      this.onRequest({model: name, api: 'infer', entrypoint: 'REST', code, micros, answeredBy});
    }
  }

  private async run(name: string, version: string, sent: RestRequest, deadline: Deadline): Promise<RestResponse> {
    const body = await this.bodyOf(sent);
    const {codec} = this.options;
    const headerBytes = jsonLength(sent.headers[HEADER_LENGTH], body.length);
    const request =
      headerBytes === 0 && body.length > 0
        ? rawRequest(this.inference.signature(name, version), body)
        : await deadline.within(codec.readV2(body, headerBytes));
    const answer = await this.inference.infer(
      name,
      version,
      request,
      {deadlineMs: deadline.leftMs, signal: sent.signal},
      sent,
    );
    const written = await codec.writeV2(answer, request);
    if (written.headerBytes === null) return {status: 200, headers: JSON_HEADERS, body: written.body};
    const binaryHeaders = {'content-type': 'application/octet-stream', [HEADER_LENGTH]: String(written.headerBytes)};
    return {status: 200, headers: binaryHeaders, body: written.body};
  }

  private async wantsOnlyReady(request: RestRequest): Promise<boolean> {
    const body = await this.bodyOf(request);
    const ready = body.length > 0 ? (parseDocument(body).find('ready') ?? false) : false;
    if (typeof ready !== 'boolean') throw invalidArgument('"ready" must be true or false');
    return ready;
  }

  /** The length of the JSON in front of tensors counts the bytes of the inflated body. */
  private bodyOf({headers, body, reservation}: RestRequest): Promise<Buffer> {
    return inflate(body, contentEncoding(headers), this.options.maxInflatedBytes, reservation);
  }
}

/** The method of a path that there is; null when there is none. */
function methodOf(path: string): 'GET' | 'POST' | null {
  const verb = MODEL.exec(path)?.[3];
  if (verb === 'infer' || REPOSITORY.test(path)) return 'POST';
  return MODEL.test(path) || SERVER_PATH.test(path) ? 'GET' : null;
}

function jsonLength(header: string | string[] | undefined, bodyLength: number): number {
  if (header === undefined) return bodyLength;
  const length = Number(header);
  if (!/^\d+$/.test(String(header)) || length > bodyLength) {
    throw invalidArgument(`${HEADER_LENGTH} is "${header}"; the body has ${bodyLength} bytes`);
  }
  return length;
}

function json(status: number, content: object): RestResponse {
  return {status, headers: JSON_HEADERS, body: Buffer.from(JSON.stringify(content))};
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    throw new StatusError('INVALID_ARGUMENT', `"${text}" is not a percent-encoded name`, {cause: error});
  }
}
