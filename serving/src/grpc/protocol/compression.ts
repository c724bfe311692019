import {promisify} from 'node:util';
import {deflate, gzip} from 'node:zlib';
import type {BodyReservation} from '../../admission/body-budget.js';
import {InflatedTooLarge, inflateWithin, type Compression} from '../../admission/inflate.js';
import {StatusError} from '../../status/status.js';
import {tooLarge} from './message-reader.js';

/** How single messages are compressed; "identity" is not at all. */

export type Encoding = 'identity' | Compression;

const DEFLATE = {gzip: promisify<Buffer, Buffer>(gzip), deflate: promisify<Buffer, Buffer>(deflate)} as const;

export const ACCEPTED_ENCODINGS = 'identity,deflate,gzip';

export function isEncoding(name: string): name is Encoding {
  return name === 'identity' || Object.hasOwn(DEFLATE, name);
}

/**
 * A message as it was before it was compressed.
 * @throws StatusError INTERNAL when it is damaged or should not be compressed, RESOURCE_EXHAUSTED as soon as it grows past
 * `maxBytes`, and what the reservation throws
 */
export async function decompress(
  message: Buffer,
  encoding: Encoding,
  maxBytes: number,
  reservation: BodyReservation,
): Promise<Buffer> {
  if (encoding === 'identity') throw new StatusError('INTERNAL', 'A compressed message without a grpc-encoding');
  try {
    return await inflateWithin(message, encoding, maxBytes, reservation);
  } catch (error) {
    if (error instanceof StatusError) throw error;
    if (error instanceof InflatedTooLarge) throw tooLarge('more', maxBytes);
    throw new StatusError('INTERNAL', `The message is no valid ${encoding} data`, {cause: error});
  }
}

export function compress(message: Buffer, encoding: Compression): Promise<Buffer> {
  return DEFLATE[encoding](message);
}
