import {JsonSyntaxError} from './syntax-error.js';

const INT64_MIN = -(2n ** 63n);
const UINT64_MAX = 2n ** 64n - 1n;

const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= 0x30 && byte <= 0x39;

/**
 * Reads the number token at `start`: JSON's grammar, and NaN, Inf, Infinity with an optional minus.
 * An integer token that fits int64 or uint64 is a bigint; everything else is the nearest double.
 * @throws JsonSyntaxError with RapidJSON's text and offset.
 */
export function parseNumber(bytes: Buffer, start: number): {value: bigint | number; end: number} {
  let at = start;
  const minus = bytes[at] === 0x2d;
  if (minus) at++;
  const first = bytes[at];
  if (first === 0x4e || first === 0x49) return parseNonFinite(bytes, at, minus);
  if (!isDigit(first)) throw new JsonSyntaxError('Invalid value.', at);
  at++;
  if (first !== 0x30) while (isDigit(bytes[at])) at++;
  let integer = true;
  if (bytes[at] === 0x2e) {
    integer = false;
    at++;
    if (!isDigit(bytes[at])) throw new JsonSyntaxError('Miss fraction part in number.', at);
    while (isDigit(bytes[at])) at++;
  }
  if (bytes[at] === 0x65 || bytes[at] === 0x45) {
    integer = false;
    at++;
    if (bytes[at] === 0x2b || bytes[at] === 0x2d) at++;
    if (!isDigit(bytes[at])) throw new JsonSyntaxError('Miss exponent in number.', at);
    while (isDigit(bytes[at])) at++;
  }
  const text = bytes.toString('latin1', start, at);
  if (integer && text.length <= 20) {
    const value = BigInt(text);
    if (value >= INT64_MIN && value <= UINT64_MAX) return {value, end: at};
  }
  const value = Number(text);
  if (!Number.isFinite(value)) throw new JsonSyntaxError('Number too big to be stored in double.', start);
  return {value, end: at};
}

function parseNonFinite(bytes: Buffer, start: number, minus: boolean): {value: number; end: number} {
  const expect = (at: number, text: string): number => {
    for (let i = 0; i < text.length; i++) {
      if (bytes[at + i] !== text.charCodeAt(i)) throw new JsonSyntaxError('Invalid value.', at + i);
    }
    return at + text.length;
  };
  if (bytes[start] === 0x4e) return {value: NaN, end: expect(start, 'NaN')};
  let end = expect(start, 'Inf');
  if (bytes[end] === 0x69) end = expect(end, 'inity');
  return {value: minus ? -Infinity : Infinity, end};
}
