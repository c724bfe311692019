import {compressed} from './compress.js';
import type {RestRequest, RestResponse} from './handler.js';

/** Answers a request; never throws. */
export interface Handler {
  handle(request: RestRequest): Promise<RestResponse>;
}

/** Has a whole request answered, as its client can read it, and gives back what its body took. */
export function answer(handler: Handler, request: RestRequest, send: (response: RestResponse) => void): void {
  const encoding = request.headers['accept-encoding'];
  const answered = handler.handle(request);
  const ready = encoding === undefined ? answered : answered.then(response => compressed(response, String(encoding)));
  void ready.then(response => {
    request.reservation.release();
    send(response);
  });
}

const flattened = new WeakMap<object, readonly string[]>();

/** Name and value in turn, the form that is written without looking at each; handlers give the same few objects. */
export function flatten(headers: RestResponse['headers']): readonly string[] {
  let flat = flattened.get(headers);
  if (flat === undefined) flattened.set(headers, (flat = Object.entries(headers).flat()));
  return flat;
}
