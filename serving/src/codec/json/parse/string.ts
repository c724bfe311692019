import {JsonSyntaxError} from './syntax-error.js';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const ESCAPES = new Map<number, number>(
  Object.entries({'"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t'}).map(
    ([letter, meaning]) => [letter.charCodeAt(0), meaning.charCodeAt(0)],
  ),
);

/**
 * Reads the string whose opening quote is at `start`. Bytes outside escapes pass through as they are, valid UTF-8 or not.
 * Without escapes the result is a view of `bytes`.
 * @throws JsonSyntaxError with RapidJSON's text and offset.
 */
export function parseString(bytes: Buffer, start: number): {value: Buffer; end: number} {
  let at = start + 1;
  for (;;) {
    const byte = bytes[at];
    if (byte === QUOTE) return {value: bytes.subarray(start + 1, at), end: at + 1};
    if (byte === BACKSLASH) return parseEscaped(bytes, start, at);
    if (byte === undefined || byte < 0x20) throw badByte(byte, at);
    at++;
  }
}

function parseEscaped(bytes: Buffer, start: number, firstEscape: number): {value: Buffer; end: number} {
  const parts: Buffer[] = [];
  let copied = start + 1;
  let at = firstEscape;
  for (;;) {
    const byte = bytes[at];
    if (byte === QUOTE) {
      parts.push(bytes.subarray(copied, at));
      return {value: Buffer.concat(parts), end: at + 1};
    }
    if (byte === BACKSLASH) {
      parts.push(bytes.subarray(copied, at));
      const {value, end} = parseEscape(bytes, at);
      parts.push(value);
      at = copied = end;
    } else if (byte === undefined || byte < 0x20) {
      throw badByte(byte, at);
    } else {
      at++;
    }
  }
}

function parseEscape(bytes: Buffer, start: number): {value: Buffer; end: number} {
  const letter = bytes[start + 1];
  const simple = letter === undefined ? undefined : ESCAPES.get(letter);
  if (simple !== undefined) return {value: Buffer.of(simple), end: start + 2};
  if (letter !== 0x75) throw new JsonSyntaxError('Invalid escape character in string.', start);
  let unit = hex4(bytes, start + 2, start);
  let end = start + 6;
  if (unit >= 0xd800 && unit <= 0xdfff) {
    const paired = unit <= 0xdbff && bytes[end] === BACKSLASH && bytes[end + 1] === 0x75;
    const low = paired ? hex4(bytes, end + 2, start) : 0;
    if (low < 0xdc00 || low > 0xdfff) throw new JsonSyntaxError('The surrogate pair in string is invalid.', start);
    unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
    end += 6;
  }
  return {value: Buffer.from(String.fromCodePoint(unit)), end};
}

function hex4(bytes: Buffer, at: number, escape: number): number {
  const text = bytes.toString('latin1', at, at + 4);
  if (!/^[0-9A-Fa-f]{4}$/.test(text)) {
    throw new JsonSyntaxError('Incorrect hex digit after \\u escape in string.', escape);
  }
  return Number.parseInt(text, 16);
}

function badByte(byte: number | undefined, at: number): JsonSyntaxError {
  const ended = byte === undefined || byte === 0;
  return new JsonSyntaxError(ended ? 'Missing a closing quotation mark in string.' : 'Invalid encoding in string.', at);
}
