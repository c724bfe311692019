import type {HostTensor} from '@ingot/tensorflow/session';

/**
 * The fast way from JSON text to tensors: one pass over the bytes, straight into typed arrays. It knows what well-formed
 * requests look like and gives up (NOT_PLAIN) on everything else: odd syntax, raggedness, wrong types, NaN, escapes.
 * What it accepts it must read exactly as `predict-request.ts` does over the whole document.
 */

/** Collects the values of one input, one nested list (or one list a row) at a time; all must have the same shape. */
export interface Scanner {
  /** How many values or nested lists were scanned. */
  readonly scanned: number;
  /** Scans one scalar or nested list; returns where it ended or NOT_PLAIN. */
  scan(bytes: Buffer, start: number): number;
  /** All that was scanned, as one tensor: `shape` of one scan, with `leading` sizes in front. Called once, at the end. */
  tensor(leading: readonly number[]): HostTensor;
}

/** Returned instead of an end position: leave this body to the careful parser. */
export const NOT_PLAIN = -1;

const QUOTE = 0x22;

/** A number takes at least two bytes of a list: room for all of a small body, and for a part of a large one. */
export const roomFor = (bytes: number): number => (bytes < 65_536 ? bytes >> 1 : bytes >> 3);

export function skipSpace(bytes: Buffer, at: number): number {
  let byte = bytes[at] as number;
  while (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) byte = bytes[++at] as number;
  return at;
}

/** Where the string that starts at `at` ends, past its quote; NOT_PLAIN when it is none or has escapes. */
export function plainString(bytes: Buffer, at: number): number {
  if (bytes[at] !== QUOTE) return NOT_PLAIN;
  for (;;) {
    const byte = bytes[++at];
    if (byte === QUOTE) return at + 1;
    if (byte === undefined || byte < 0x20 || byte === 0x5c) return NOT_PLAIN;
  }
}
