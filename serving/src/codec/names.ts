/** Longer texts are not names. */
const LONGEST = 32;
/** A power of two. */
const SLOTS = 256;

const known = new Array<string>(SLOTS).fill('');

/**
 * The text that lies from `start` to `end`, as UTF-8. Requests name the same few things again and again: what was read before
 * is found by its bytes, and is a string that V8 has made ready as a key.
 */
export function nameAt(bytes: Buffer, start: number, end: number): string {
  const length = end - start;
  if (length > LONGEST) return bytes.toString('utf8', start, end);
  let hash = length;
  for (let i = start; i < end; i++) hash = (Math.imul(hash, 31) + (bytes[i] as number)) | 0;
  const slot = (hash ^ (hash >>> 16)) & (SLOTS - 1);
  const found = known[slot] as string;
  if (found.length === length && isSameAscii(found, bytes, start)) return found;
  return (known[slot] = bytes.toString('utf8', start, end));
}

/** Whether a text is ASCII alone, and these are its bytes. Of another text, a character is no byte of the same number. */
function isSameAscii(text: string, bytes: Buffer, start: number): boolean {
  for (let i = 0; i < text.length; i++) {
    const byte = bytes[start + i] as number;
    if (byte >= 0x80 || text.charCodeAt(i) !== byte) return false;
  }
  return true;
}
