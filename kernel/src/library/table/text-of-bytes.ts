import {DataError} from './data-error.js';

/**
 * The text of a file: UTF-8, or UTF-16 where a byte order mark says so, or what the user says it is.
 * @param encoding as TextDecoder knows it, e.g. "windows-1252".
 * @throws DataError with the line of the first byte that is no UTF-8; RangeError for an unknown encoding.
 */
export function textOfBytes(bytes: Uint8Array, file: string, encoding?: string): string {
  if (encoding !== undefined) return new TextDecoder(encoding).decode(bytes);
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  try {
    return new TextDecoder('utf-8', {fatal: true}).decode(bytes);
  } catch {
    const problem =
      'it has bytes that are no UTF-8, as files from Excel may; say what it is, e.g. encoding: "windows-1252"';
    throw new DataError(file, problem, lineOfBadByte(bytes));
  }
}

function lineOfBadByte(bytes: Uint8Array): number {
  let line = 1;
  for (let start = 0; start < bytes.length; line++) {
    const end = bytes.indexOf(10, start);
    try {
      new TextDecoder('utf-8', {fatal: true}).decode(bytes.subarray(start, end < 0 ? bytes.length : end));
    } catch {
      return line;
    }
    if (end < 0) break;
    start = end + 1;
  }
  return line;
}
