import type {BodyReservation} from '../admission/body-budget.js';
import {InflatedTooLarge, inflateWithin, type Compression} from '../admission/inflate.js';
import {StatusError, invalidArgument} from '../status/status.js';

const COMPRESSIONS: ReadonlySet<string> = new Set<Compression>(['gzip', 'deflate']);

/**
 * A body as it was before its Content-Encoding ("gzip", "deflate", or "" for none).
 * @throws StatusError INVALID_ARGUMENT when it is another encoding, is damaged, or grows past `maxBytes`; of the reservation
 */
export async function inflate(
  body: Buffer,
  encoding: string,
  maxBytes: number,
  reservation: BodyReservation,
): Promise<Buffer> {
  if (encoding === '' || encoding === 'identity') return body;
  if (!COMPRESSIONS.has(encoding)) {
    throw invalidArgument(`The Content-Encoding "${encoding}" is not read here; gzip and deflate are`);
  }
  try {
    return await inflateWithin(body, encoding as Compression, maxBytes, reservation);
  } catch (error) {
    if (error instanceof StatusError) throw error;
    throw invalidArgument(error instanceof InflatedTooLarge ? error.message : `The body is no valid ${encoding} data`);
  }
}

/** The Content-Encoding of a request, "" when it has none. */
export function contentEncoding(headers: Readonly<Record<string, string | string[] | undefined>>): string {
  return String(headers['content-encoding'] ?? '')
    .trim()
    .toLowerCase();
}
