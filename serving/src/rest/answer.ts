import {UNCOUNTED_BYTES} from '../admission/body-budget.js';
import {writeErrorResponse} from '../codec/json/bodies/error-response.js';
import {attempt} from './body.js';
import {compressed} from './compress.js';
import type {RestRequest, RestResponse} from './handler.js';

/** Answers a request; never throws. */
export interface Handler {
  handle(request: RestRequest): Promise<RestResponse>;
}

/** @param onSent called once all of a large answer has left, or nobody is there to get it */
export type Send = (response: RestResponse, onSent?: () => void) => void;

/**
 * Has a whole request answered, as its client can read it, and gives back what its body took. A large answer takes its
 * place until the client has read it: who asks and does not read would otherwise fill the memory.
 */
export function answer(handler: Handler, request: RestRequest, send: Send): void {
  const encoding = request.headers['accept-encoding'];
  const answered = handler.handle(request);
  const ready = encoding === undefined ? answered : answered.then(response => compressed(response, String(encoding)));
  const {reservation} = request;
  void ready.then(response => {
    reservation.release();
    if (response.body.length <= UNCOUNTED_BYTES) return send(response);
    const refusal = attempt(() => reservation.grow(response.body.length));
    if (refusal === null) send(response, () => reservation.release());
    else send({status: refusal.status, headers: NO_ROOM, body: writeErrorResponse(refusal.message)});
  });
}

const NO_ROOM = {'content-type': 'application/json', 'retry-after': '1'};

const flattened = new WeakMap<object, readonly string[]>();

/** Name and value in turn, the form that is written without looking at each; handlers give the same few objects. */
export function flatten(headers: RestResponse['headers']): readonly string[] {
  let flat = flattened.get(headers);
  if (flat === undefined) flattened.set(headers, (flat = Object.entries(headers).flat()));
  return flat;
}
