import type {IncomingMessage} from 'node:http';
import type {BodyReservation} from '../admission/body-budget.js';
import {toStatusError} from '../status/status.js';

/** Why a body is not read to its end. */
export interface BodyRefusal {
  readonly status: 413 | 503;
  readonly message: string;
}

/** The length that a request says its body has; 0 when it says none. */
export function announced({headers}: IncomingMessage): number {
  return Number(headers['content-length'] ?? 0);
}

/**
 * Calls back with the whole body, or with why it is refused as soon as that is known; not at all when the client goes away.
 * What the body takes stays reserved, unless the client goes away.
 */
export function readBody(
  request: IncomingMessage,
  limit: number,
  reservation: BodyReservation,
  done: (body: Buffer | BodyRefusal) => void,
): void {
  const length = announced(request);
  if (length > limit) return done(tooLarge(limit));
  const allowed = attempt(() => reservation.expect(length));
  if (allowed !== null) return done(allowed);
  let first: Buffer | undefined;
  let chunks: Buffer[] | undefined;
  let size = 0;
  request.on('data', (chunk: Buffer) => {
    size += chunk.length;
    const refusal = size > limit ? tooLarge(limit) : attempt(() => reservation.grow(chunk.length));
    if (refusal !== null) {
      request.removeAllListeners('data').removeAllListeners('end');
      [first, chunks] = [undefined, undefined];
      done(refusal);
    } else if (first === undefined) {
      first = chunk;
    } else {
      (chunks ??= [first]).push(chunk);
    }
  });
  request.on('end', () => done(chunks === undefined ? (first ?? Buffer.alloc(0)) : Buffer.concat(chunks, size)));
  // A client that breaks off in the middle has nobody to answer to; the connection is gone already.
  request.on('error', () => reservation.release());
}

/** @returns null when there is room */
export function attempt(reserve: () => void): BodyRefusal | null {
  try {
    reserve();
    return null;
  } catch (error) {
    return {status: 503, message: toStatusError(error).message};
  }
}

function tooLarge(limit: number): BodyRefusal {
  return {status: 413, message: `The body is larger than ${limit} bytes, the limit of this server`};
}
