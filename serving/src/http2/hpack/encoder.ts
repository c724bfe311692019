import {STATIC_TABLE} from './static-table.js';

/**
 * A header block (RFC 7541) that needs no table: fields of the static table by their index, all others as literals that are
 * not kept. The same fields make the same bytes at any time, so that a server can make them once and send them always.
 * @param fields names in lower case and values in turn, characters up to U+00FF
 */
export function encodeHeaders(...fields: readonly string[]): Buffer {
  const parts: Buffer[] = [];
  for (let i = 0; i < fields.length; i += 2) {
    const [name, value] = [fields[i] as string, fields[i + 1] as string];
    const whole = STATIC_TABLE.findIndex(entry => entry.name === name && entry.value === value) + 1;
    if (whole > 0) {
      parts.push(integer(0x80, 0x7f, whole));
      continue;
    }
    const index = STATIC_TABLE.findIndex(entry => entry.name === name) + 1;
    parts.push(integer(0, 0x0f, index));
    if (index === 0) parts.push(text(name));
    parts.push(text(value));
  }
  return Buffer.concat(parts);
}

/** Says that fields to come keep no table: for a peer that has made its offered one smaller (RFC 7541, 4.2). */
export const NO_TABLE = Buffer.of(0x20);

function text(value: string): Buffer {
  const bytes = Buffer.from(value, 'latin1');
  return Buffer.concat([integer(0, 0x7f, bytes.length), bytes]);
}

/** An integer in the low bits of `mask` and the bytes after it (RFC 7541, 5.1). */
function integer(flags: number, mask: number, value: number): Buffer {
  if (value < mask) return Buffer.of(flags | value);
  const bytes = [flags | mask];
  let rest = value - mask;
  for (; rest >= 0x80; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  return Buffer.from([...bytes, rest]);
}
