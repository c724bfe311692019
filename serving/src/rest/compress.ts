import {promisify} from 'node:util';
import {gzip} from 'node:zlib';
import type {RestResponse} from './handler.js';

/** Smaller bodies fit one packet: compressing them costs more than it saves. */
const MIN_BYTES = 1400;
const compress = promisify<Buffer, {level: number}, Buffer>(gzip);

/** The answer as it is, or gzipped when the client asked for that and it is worth it. */
export async function compressed(answer: RestResponse, acceptEncoding: string | undefined): Promise<RestResponse> {
  if (answer.body.length < MIN_BYTES || !accepts(acceptEncoding)) return answer;
  const headers = {...answer.headers, 'content-encoding': 'gzip', vary: 'accept-encoding'};
  return {status: answer.status, headers, body: await compress(answer.body, {level: 1})};
}

/** True when gzip is named, and not with weight 0 (RFC 9110, 12.5.3). */
function accepts(header: string | undefined): boolean {
  if (header === undefined) return false;
  return header.split(',').some(choice => /^\s*gzip\s*(;|$)/i.test(choice) && !/;\s*q=0(\.0*)?\s*$/i.test(choice));
}
