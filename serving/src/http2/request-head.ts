import {ErrorCode, StreamError} from './errors.js';
import type {HeaderList} from './hpack/decoder.js';

/** What a stream begins with. */
export interface RequestHead {
  readonly method: string;
  readonly path: string;
  /** All other fields, names in lower case and values in turn. */
  readonly fields: readonly string[];
  /** What content-length says; null when there is none. */
  readonly contentLength: number | null;
  /** The fields were more than SETTINGS_MAX_HEADER_LIST_SIZE allows; some are missing. */
  readonly tooLarge: boolean;
}

/** Of HTTP/1 (RFC 9113, 8.2.2). */
const OF_A_CONNECTION: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
]);
const PSEUDO: ReadonlySet<string> = new Set([':method', ':scheme', ':path', ':authority']);

/** @throws StreamError PROTOCOL_ERROR when it is no request (RFC 9113, 8.2 and 8.3) */
export function readRequestHead({fields: all, tooLarge}: HeaderList): RequestHead {
  const pseudo = new Map<string, string>();
  const fields: string[] = [];
  let contentLength: number | null = null;
  for (let i = 0; i < all.length; i += 2) {
    const [name, value] = [all[i] as string, all[i + 1] as string];
    if (name.startsWith(':')) {
      if (fields.length > 0) throw malformed(`${name} after other fields`);
      if (!PSEUDO.has(name) || pseudo.has(name)) throw malformed(`${name} in a wrong place`);
      pseudo.set(name, value);
      continue;
    }
    checkField(name, value);
    if (name === 'content-length') {
      if (!/^\d{1,15}$/.test(value)) throw malformed(`content-length "${value}"`);
      contentLength = Number(value);
    }
    fields.push(name, value);
  }
  const [method, path] = [pseudo.get(':method'), pseudo.get(':path')];
  if (tooLarge) return {method: method ?? '', path: path ?? '', fields, contentLength, tooLarge};
  if (!method || !path || !pseudo.get(':scheme')) throw malformed('no :method, :scheme or :path');
  return {method, path, fields, contentLength, tooLarge};
}

/** Fields after the body. @throws StreamError PROTOCOL_ERROR */
export function checkTrailers({fields}: HeaderList): void {
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i] as string;
    if (name.startsWith(':')) throw malformed(`${name} in the trailers`);
    checkField(name, fields[i + 1] as string);
  }
}

function checkField(name: string, value: string): void {
  // eslint-disable-next-line no-control-regex -- these are the characters that must not be there
  if (name === '' || /[A-Z\x00-\x20\x7f-\xff]/.test(name)) throw malformed(`a field "${name}"`);
  // eslint-disable-next-line no-control-regex -- as above
  if (/[\x00\n\r]/.test(value)) throw malformed(`a value of "${name}" in two lines`);
  if (OF_A_CONNECTION.has(name) || (name === 'te' && value !== 'trailers')) throw malformed(`${name}: ${value}`);
}

function malformed(what: string): StreamError {
  return new StreamError(ErrorCode.PROTOCOL_ERROR, `The request has ${what}`);
}
