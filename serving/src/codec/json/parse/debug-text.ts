import {PrettyWriter} from '../write/pretty-writer.js';
import {JsonObject, type Json} from './value.js';

/** Once an error's picture of a value is longer than this many bytes, nothing more is added to it. */
const MAX_BYTES = 256;

/** A value as error texts show it: pretty-printed, arrays on one line, cut after some 256 bytes. */
export function debugText(value: Json): string {
  const writer = new PrettyWriter();
  writer.singleLine = true;
  if (typeof value === 'number') writer.float64(value);
  else write(writer, value);
  return writer.finish().toString('utf8');
}

/** False once the text is long enough: the caller stops, and containers stay open. */
function write(writer: PrettyWriter, value: Json): boolean {
  if (writer.length > MAX_BYTES) return false;
  if (Array.isArray(value)) {
    writer.startArray();
    if (!value.every(element => write(writer, element))) return false;
    writer.end();
  } else if (value instanceof JsonObject) {
    writer.startObject();
    for (const [key, member] of value.members) {
      writer.key(key);
      if (!write(writer, member)) return false;
    }
    writer.end();
  } else if (Buffer.isBuffer(value)) {
    writer.string(value.subarray(0, MAX_BYTES));
  } else {
    writer.raw(typeof value === 'number' ? shortestNumber(value) : String(value));
  }
  return true;
}

/** The shortest digits that read back to the same double, never without point or exponent. */
function shortestNumber(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const text = (Object.is(value, -0) ? '-0' : String(value)).replace('e+', 'e');
  return /[.e]/.test(text) ? text : `${text}.0`;
}
