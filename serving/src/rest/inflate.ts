import {promisify} from 'node:util';
import {gunzip, inflate as inflateZlib, type InputType, type ZlibOptions} from 'node:zlib';
import {invalidArgument} from '../status/status.js';

type Inflate = (body: InputType, options: ZlibOptions) => Promise<Buffer>;
const METHODS: ReadonlyMap<string, Inflate> = new Map([
  ['gzip', promisify<InputType, ZlibOptions, Buffer>(gunzip)],
  ['deflate', promisify<InputType, ZlibOptions, Buffer>(inflateZlib)],
]);

/**
 * A body as it was before its Content-Encoding ("gzip", "deflate", or "" for none).
 * @throws StatusError INVALID_ARGUMENT when it is another encoding, is damaged, or grows past `maxBytes`.
 */
export async function inflate(body: Buffer, encoding: string, maxBytes: number): Promise<Buffer> {
  if (encoding === '' || encoding === 'identity') return body;
  const method = METHODS.get(encoding);
  if (method === undefined) {
    throw invalidArgument(`The Content-Encoding "${encoding}" is not read here; gzip and deflate are`);
  }
  try {
    return await method(body, {maxOutputLength: maxBytes});
  } catch (error) {
    const tooLarge = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
    throw invalidArgument(
      tooLarge ? `The inflated body is larger than ${maxBytes} bytes` : `The body is no valid ${encoding} data`,
    );
  }
}

/** The Content-Encoding of a request, "" when it has none. */
export function contentEncoding(headers: Readonly<Record<string, string | string[] | undefined>>): string {
  return String(headers['content-encoding'] ?? '')
    .trim()
    .toLowerCase();
}
