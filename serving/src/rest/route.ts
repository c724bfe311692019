import {StatusError} from '../status/status.js';
import {hintFor} from './hint.js';

/** Where a request of TensorFlow Serving's REST API goes. */
export type Route = ModelRoute | {readonly kind: 'models'} | {readonly kind: 'preflight'};

export interface ModelRoute {
  readonly kind: 'predict' | 'classify' | 'regress' | 'metadata' | 'status';
  readonly target: Target;
}

/** The model that a path names. */
export interface Target {
  readonly name: string;
  readonly version?: bigint;
  readonly label?: string;
}

/** An error whose answer has no body, as the original's has none. */
export class BodylessError extends Error {
  override readonly name = 'BodylessError';
}

/** A request that has no route. */
export class MalformedError extends StatusError {
  constructor(
    method: string,
    target: string,
    /** What to send instead. */
    readonly hint: string,
  ) {
    super('INVALID_ARGUMENT', `Malformed request: ${method} ${target}`);
  }
}

const WHERE = String.raw`(?:/versions/(\d+)|/labels/([^/:]+))?`;
const INFERENCE = new RegExp(String.raw`^/v1/models/([^/:]+)${WHERE}:(classify|regress|predict)$`, 'i');
const STATUS = new RegExp(String.raw`^/v1/models(?:/([^/:]+))?${WHERE}(?:/(metadata))?$`, 'i');
const INT64_MAX = 2n ** 63n - 1n;

/** True for what this API answers: any path below /v1/. */
export function isRestPath(target: string): boolean {
  return /^\/v1\//i.test(target);
}

/** Routes of POST requests that were found before: clients ask for the same few paths again and again. */
const known = new Map<string, Route>();
const MAX_KNOWN = 1000;
const MAX_KNOWN_LENGTH = 512;

/**
 * Finds the route of a request. A query string is dropped (the original takes it for a part of the model's name).
 * @throws MalformedError for what has no route; BodylessError for a version past int64 or broken escapes.
 */
export function findRoute(method: string, target: string): Route {
  if (method !== 'POST') return parseRoute(method, target);
  let route = known.get(target);
  if (route === undefined) {
    route = parseRoute(method, target);
    if (known.size >= MAX_KNOWN) known.clear();
    if (target.length <= MAX_KNOWN_LENGTH) known.set(target, route);
  }
  return route;
}

function parseRoute(method: string, target: string): Route {
  if (method === 'OPTIONS') return {kind: 'preflight'};
  const query = target.indexOf('?');
  const path = query < 0 ? target : target.slice(0, query);
  if (method === 'POST') {
    const match = INFERENCE.exec(path);
    const verb = match?.[4];
    if (match && (verb === 'predict' || verb === 'classify' || verb === 'regress')) {
      return {kind: verb, target: parseTarget(match)};
    }
  } else if (method === 'GET') {
    const match = STATUS.exec(path);
    if (match && match[1] === undefined) return {kind: 'models'};
    if (match) return {kind: match[4] === undefined ? 'status' : 'metadata', target: parseTarget(match)};
  }
  throw new MalformedError(method, target, hintFor(method, path));
}

function parseTarget([, name, version, label]: RegExpExecArray): Target {
  return {
    name: decode(name ?? ''),
    ...(version !== undefined && {version: parseVersion(version)}),
    ...(label !== undefined && {label: decode(label)}),
  };
}

function decode(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch (error) {
    throw new BodylessError(`Failed to decode ${text}`, {cause: error});
  }
}

function parseVersion(text: string): bigint {
  const version = BigInt(text);
  if (version > INT64_MAX) throw new BodylessError(`Failed to convert version: ${text} to numeric.`);
  return version;
}
