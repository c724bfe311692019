import {promisify} from 'node:util';
import {deflate, gzip, type InputType, type ZlibOptions} from 'node:zlib';
import type {RestResponse} from './handler.js';

/** Smaller bodies fit one packet: compressing them costs more than it saves. */
const MIN_BYTES = 1400;

/** The better known first: it is taken when the client accepts both. */
const METHODS = [
  {encoding: 'gzip', compress: promisify<InputType, ZlibOptions, Buffer>(gzip)},
  {encoding: 'deflate', compress: promisify<InputType, ZlibOptions, Buffer>(deflate)},
] as const;

/** The answer as it is, or compressed when the client asked for that and it is worth it. */
export async function compressed(answer: RestResponse, acceptEncoding: string | undefined): Promise<RestResponse> {
  if (answer.body.length < MIN_BYTES) return answer;
  const method = METHODS.find(({encoding}) => accepts(acceptEncoding, encoding));
  if (method === undefined) return answer;
  const headers = {...answer.headers, 'content-encoding': method.encoding, vary: 'accept-encoding'};
  return {status: answer.status, headers, body: await method.compress(answer.body, {level: 1})};
}

/** True when the encoding is named, and not with weight 0 (RFC 9110, 12.5.3). */
function accepts(header: string | undefined, encoding: string): boolean {
  if (header === undefined) return false;
  return header.split(',').some(choice => {
    const [name = '', ...parameters] = choice.split(';').map(part => part.trim().toLowerCase());
    return name === encoding && !parameters.some(parameter => /^q=0(\.0*)?$/.test(parameter));
  });
}
