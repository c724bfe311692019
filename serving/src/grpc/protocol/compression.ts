import {promisify} from 'node:util';
import {createGunzip, createInflate, deflate, gzip} from 'node:zlib';
import type {BodyReservation} from '../../admission/body-budget.js';
import {StatusError} from '../../status/status.js';
import {tooLarge} from './message-reader.js';

/** How single messages are compressed; "identity" is not at all. */

const INFLATE = {gzip: createGunzip, deflate: createInflate} as const;
const DEFLATE = {gzip: promisify<Buffer, Buffer>(gzip), deflate: promisify<Buffer, Buffer>(deflate)} as const;
export type Encoding = 'identity' | keyof typeof INFLATE;

export const ACCEPTED_ENCODINGS = 'identity,deflate,gzip';

export function isEncoding(name: string): name is Encoding {
  return name === 'identity' || Object.hasOwn(INFLATE, name);
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
  const inflate = INFLATE[encoding]();
  const parts: Buffer[] = [];
  let bytes = 0;
  inflate.end(message);
  try {
    for await (const part of inflate as AsyncIterable<Buffer>) {
      bytes += part.length;
      if (bytes > maxBytes) throw tooLarge(bytes, maxBytes);
      reservation.grow(part.length);
      parts.push(part);
    }
  } catch (error) {
    if (error instanceof StatusError) throw error;
    throw new StatusError('INTERNAL', `The message is no valid ${encoding} data`, {cause: error});
  }
  return Buffer.concat(parts, bytes);
}

export function compress(message: Buffer, encoding: Exclude<Encoding, 'identity'>): Promise<Buffer> {
  return DEFLATE[encoding](message);
}
