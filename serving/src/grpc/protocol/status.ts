import {encodeHeaders} from '../../http2/hpack/encoder.js';
import {CODES, toStatusError, type StatusError} from '../../status/status.js';

/** The header blocks of answers (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md). */

/** Longer details are cut, as the original cuts them: they travel in a header. */
const MAX_DETAILS_BYTES = 1024;
const TRUNCATED = '...TRUNCATED';
const HEAD = [':status', '200', 'content-type', 'application/grpc'] as const;

export const OK_TRAILERS = encodeHeaders('grpc-status', '0');

/** What an answer begins with. @param encoding of its messages; "identity" when they are not compressed */
export function answerHead(encoding: string): Buffer {
  return encoding === 'identity' ? encodeHeaders(...HEAD) : encodeHeaders(...HEAD, 'grpc-encoding', encoding);
}

/** What an answer that failed ends with. */
export function errorTrailers(error: unknown): Buffer {
  return encodeHeaders(...statusFields(toStatusError(error)));
}

/** An answer that is nothing but a failure. @param more fields beside */
export function errorAnswer(error: unknown, ...more: readonly string[]): Buffer {
  return encodeHeaders(...HEAD, ...statusFields(toStatusError(error)), ...more);
}

/** For what is not gRPC. */
export function httpAnswer(status: number): Buffer {
  return encodeHeaders(':status', String(status));
}

function statusFields({code, message}: StatusError): string[] {
  return ['grpc-status', String(CODES[code]), 'grpc-message', percentEncode(cut(message))];
}

function cut(message: string): string {
  const bytes = Buffer.from(message);
  return bytes.length <= MAX_DETAILS_BYTES ? message : `${bytes.toString('utf8', 0, MAX_DETAILS_BYTES)}${TRUNCATED}`;
}

/** All but printable ASCII, and the percent sign itself, as %XX of its UTF-8 bytes. */
function percentEncode(text: string): string {
  return text.replace(/[^\x20-\x24\x26-\x7e]+/g, part => {
    let encoded = '';
    for (const byte of Buffer.from(part)) encoded += `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    return encoded;
  });
}
