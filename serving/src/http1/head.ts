/** The head of a request that has nothing unusual about it. */
export interface PlainHead {
  readonly method: 'GET' | 'POST';
  /** Path and query. */
  readonly target: string;
  /** By names in lower case; none came twice. */
  readonly headers: Readonly<Record<string, string>>;
  readonly bodyBytes: number;
  /** The head itself, with the empty line that ends it. */
  readonly bytes: Buffer;
}

/** A longer head is unusual. */
const MAX_HEAD_BYTES = 8 * 1024;
const END = Buffer.from('\r\n\r\n');
const START = /^(GET|POST) (\/[\w\-./:%?=&~,+]*) HTTP\/1\.1\r\n/;
/** Name, one space, and a value of visible ASCII characters with spaces between them. */
const FIELD = /([A-Za-z][A-Za-z0-9-]*): ([!-~](?:[ -~]*[!-~])?)\r\n/y;
/** They say how a message is framed, or what becomes of the connection. */
const UNUSUAL: ReadonlySet<string> = new Set(['transfer-encoding', 'expect', 'upgrade', 'proxy-connection']);

/**
 * Reads the head that bytes begin with, when all of it is there and nothing about it leaves a question: whatever this takes
 * for a head, every HTTP/1.1 parser takes for the same one (RFC 9112). Null for all others, right or wrong.
 * @param last a head that came before on the connection: most are like it, byte for byte
 */
export function readHead(bytes: Buffer, last: PlainHead | null): PlainHead | null {
  if (last !== null && beginsWith(bytes, last.bytes)) return last;
  const end = bytes.indexOf(END);
  if (end < 0 || end > MAX_HEAD_BYTES) return null;
  const text = bytes.toString('latin1', 0, end + 2);
  const start = START.exec(text);
  if (start === null) return null;
  const headers = readFields(text, start[0].length);
  if (headers === null || headers['host'] === undefined) return null;
  const bodyBytes = bodyBytesOf(start[1] as 'GET' | 'POST', headers['content-length']);
  if (bodyBytes === null) return null;
  return {
    method: start[1] as 'GET' | 'POST',
    target: start[2] as string,
    headers,
    bodyBytes,
    bytes: Buffer.from(bytes.subarray(0, end + END.length)),
  };
}

function beginsWith(bytes: Buffer, head: Buffer): boolean {
  return bytes.length >= head.length && head.compare(bytes, 0, head.length) === 0;
}

function readFields(text: string, from: number): Record<string, string> | null {
  // Without a prototype: clients choose the names.
  const headers = Object.create(null) as Record<string, string>;
  for (FIELD.lastIndex = from; FIELD.lastIndex < text.length;) {
    const field = FIELD.exec(text);
    if (field === null) return null;
    const name = (field[1] as string).toLowerCase();
    const value = field[2] as string;
    if (name in headers || UNUSUAL.has(name)) return null;
    if (name === 'connection' && value.toLowerCase() !== 'keep-alive') return null;
    headers[name] = value;
  }
  return headers;
}

/** Null when that is not said as it should be. */
function bodyBytesOf(method: 'GET' | 'POST', length: string | undefined): number | null {
  if (method === 'GET') return length === undefined ? 0 : null;
  return length !== undefined && /^\d{1,10}$/.test(length) ? Number(length) : null;
}
