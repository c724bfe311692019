import {createGunzip, createInflate} from 'node:zlib';
import type {BodyReservation} from './body-budget.js';

const INFLATE = {gzip: createGunzip, deflate: createInflate} as const;
export type Compression = keyof typeof INFLATE;

/** What was compressed is larger than allowed. */
export class InflatedTooLarge extends Error {
  override readonly name = 'InflatedTooLarge';

  constructor(readonly maxBytes: number) {
    super(`The inflated body is larger than ${maxBytes} bytes`);
  }
}

/**
 * Bytes as they were before they were compressed: a small body may hold a large one, so what comes out is counted as it comes.
 * @throws InflatedTooLarge, StatusError of the reservation, or zlib's error when they are damaged
 */
export async function inflateWithin(
  bytes: Buffer,
  compression: Compression,
  maxBytes: number,
  reservation: BodyReservation,
): Promise<Buffer> {
  const inflating = INFLATE[compression]();
  inflating.end(bytes);
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of inflating as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > maxBytes) throw new InflatedTooLarge(maxBytes);
    reservation.grow(part.length);
    parts.push(part);
  }
  return Buffer.concat(parts, length);
}
