import {NOT_ADMITTED, type Gate} from '../../admission/gate.js';
import type {RequestHead} from '../../http2/request-head.js';
import {StatusError} from '../../status/status.js';
import {ACCEPTED_ENCODINGS, isEncoding, type Encoding} from './compression.js';
import {Metadata} from './metadata.js';
import type {CallHead, Method} from './method.js';
import {errorAnswer, httpAnswer} from './status.js';
import {parseTimeout} from '../../deadline/grpc-timeout.js';

/** A request that is answered by its head alone. */
export class Refusal {
  /** @param answer a header block */
  constructor(readonly answer: Buffer) {}
}

const CONTENT_TYPE = /^application\/grpc(?:[+;]|$)/;

/**
 * What a request's head says of its call.
 * @param compression how answers are compressed for clients that can read it
 */
export function readCallHead(
  head: RequestHead,
  find: (path: string) => Method | undefined,
  compression: Encoding,
  gate: Gate,
): CallHead | Refusal {
  const metadata = new Metadata(head.fields);
  const first = (name: string): string | undefined => metadata.get(name)[0] as string | undefined;
  if (head.tooLarge) return refuse(new StatusError('RESOURCE_EXHAUSTED', 'The metadata of the call is too large'));
  if (head.method !== 'POST') return new Refusal(httpAnswer(405));
  if (!CONTENT_TYPE.test(first('content-type') ?? '')) return new Refusal(httpAnswer(415));
  if (!gate.admits(first('authorization'), head.path)) return refuse(new StatusError('UNAUTHENTICATED', NOT_ADMITTED));
  const method = find(head.path);
  if (method === undefined) {
    return refuse(new StatusError('UNIMPLEMENTED', `The server does not implement the method ${head.path}`));
  }
  const encoding = first('grpc-encoding') ?? 'identity';
  if (!isEncoding(encoding)) {
    const error = new StatusError('UNIMPLEMENTED', `The grpc-encoding "${encoding}" is not read here`);
    return new Refusal(errorAnswer(error, 'grpc-accept-encoding', ACCEPTED_ENCODINGS));
  }
  const timeout = first('grpc-timeout');
  const timeoutMs = timeout === undefined ? undefined : parseTimeout(timeout);
  if (timeoutMs === null) return refuse(new StatusError('INTERNAL', `The grpc-timeout is "${timeout}"`));
  const accepted = first('grpc-accept-encoding')
    ?.split(',')
    .map(name => name.trim());
  const answerEncoding = accepted?.includes(compression) ? compression : 'identity';
  return {method, metadata, timeoutMs, encoding, answerEncoding};
}

function refuse(error: StatusError): Refusal {
  return new Refusal(errorAnswer(error));
}
