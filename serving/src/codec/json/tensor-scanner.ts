import type {Dtype, HostData, HostTensor} from '@ingot/tensorflow/session';
import {allocate} from '../dtype.js';
import {decodeBase64} from './base64.js';

/**
 * The fast way from JSON text to tensors: one pass over the bytes, straight into typed arrays. It knows what well-formed
 * requests look like and gives up (NOT_PLAIN) on everything else: odd syntax, raggedness, wrong types, NaN, escapes.
 * What it accepts it must read exactly as `predict-request.ts` does over the whole document.
 */

/** Returned instead of an end position: leave this body to the careful parser. */
export const NOT_PLAIN = -1;

const QUOTE = 0x22;
const MINUS = 0x2d;
const POINT = 0x2e;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const COMMA = 0x2c;
const MAX_RANK = 32;
/** Up to here every integer is a double of its own. */
const EXACT = 2 ** 53;
/** Bounds the error of a 19-digit mantissa and one scaling, relative. */
const SLACK = 2 ** -49;
const POWERS = Array.from({length: 23}, (_, i) => Number(`1e${i}`));

export function skipSpace(bytes: Buffer, at: number): number {
  let byte = bytes[at] as number;
  while (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) byte = bytes[++at] as number;
  return at;
}

/** dtypes that the scanner reads; JSON has no form for the others. */
const SCANNED: ReadonlySet<Dtype> = new Set<Dtype>([
  'float32',
  'float64',
  'int32',
  'int16',
  'int8',
  'uint8',
  'int64',
  'uint32',
  'uint64',
  'bool',
  'string',
]);

/** Collects the values of one input, one nested list (or one list a row) at a time; all must have the same shape. */
export class TensorScanner {
  /** Where the last scalar ended. */
  private end = 0;
  private data: HostData | Uint8Array[];
  private count = 0;
  private rows = 0;
  private rank = -1;
  private readonly sizes: number[] = [];

  static reads(dtype: Dtype): boolean {
    return SCANNED.has(dtype);
  }

  /** `expected`: how many values to make room for at first. */
  constructor(
    readonly dtype: Dtype,
    expected: number,
  ) {
    this.data = dtype === 'string' ? [] : allocate(dtype, Math.max(16, expected));
  }

  /** How many values or nested lists were scanned. */
  get scanned(): number {
    return this.rows;
  }

  /** Scans one scalar or nested list; returns where it ended or NOT_PLAIN. */
  scan(bytes: Buffer, start: number): number {
    const {sizes} = this;
    const counts: number[] = [];
    let depth = 0;
    let at = start;
    for (;;) {
      if (bytes[at] === OPEN_LIST) {
        if (depth === (this.rank < 0 ? MAX_RANK : this.rank)) return NOT_PLAIN;
        counts[depth++] = 0;
        at = skipSpace(bytes, at + 1);
        continue;
      }
      if (this.rank < 0) this.rank = depth;
      if (depth !== this.rank || !this.scalar(bytes, at)) return NOT_PLAIN;
      at = this.end;
      for (;;) {
        if (depth === 0) {
          this.rows++;
          return at;
        }
        at = skipSpace(bytes, at);
        const byte = bytes[at++];
        const seen = (counts[depth - 1] as number) + 1;
        counts[depth - 1] = seen;
        if (byte === COMMA) {
          at = skipSpace(bytes, at);
          break;
        }
        if (byte !== CLOSE_LIST) return NOT_PLAIN;
        depth--;
        const size = sizes[depth];
        if (size === undefined) sizes[depth] = seen;
        else if (size !== seen) return NOT_PLAIN;
      }
    }
  }

  /** All that was scanned, as one tensor: `shape` of one scan, with `leading` sizes in front. */
  tensor(leading: readonly number[]): HostTensor {
    const shape = [...leading, ...this.sizes];
    const data = Array.isArray(this.data)
      ? this.data
      : (this.data as Exclude<HostData, readonly Uint8Array[]>).subarray(0, this.count);
    return {dtype: this.dtype, shape, data};
  }

  private scalar(bytes: Buffer, at: number): boolean {
    switch (this.dtype) {
      case 'float32':
      case 'float64':
        return this.float(bytes, at);
      case 'string':
        return this.text(bytes, at);
      case 'bool':
        return this.bool(bytes, at);
      case 'int64':
      case 'uint64':
        return this.bigInteger(bytes, at);
      default:
        return this.integer(bytes, at);
    }
  }

  private grow(): void {
    const old = this.data as Exclude<HostData, readonly Uint8Array[]>;
    const grown = allocate(this.dtype as Exclude<Dtype, 'string'>, old.length * 2);
    // Both were made by `allocate` for the same dtype.
    (grown as Float32Array).set(old as Float32Array);
    this.data = grown;
  }

  private float(bytes: Buffer, start: number): boolean {
    let at = start;
    let byte = bytes[at] as number;
    const minus = byte === MINUS;
    if (minus) byte = bytes[++at] as number;
    const first = at;
    let mantissa = 0;
    while (byte >= 0x30 && byte <= 0x39) {
      mantissa = mantissa * 10 + (byte - 0x30);
      byte = bytes[++at] as number;
    }
    const whole = at - first;
    if (whole === 0 || (whole > 1 && bytes[first] === 0x30)) return false;
    let exponent = 0;
    let token = false;
    if (byte === POINT) {
      token = true;
      byte = bytes[++at] as number;
      const fraction = at;
      while (byte >= 0x30 && byte <= 0x39) {
        mantissa = mantissa * 10 + (byte - 0x30);
        byte = bytes[++at] as number;
      }
      exponent = fraction - at;
      if (exponent === 0) return false;
    }
    const digits = whole - exponent;
    if (byte === 0x65 || byte === 0x45) {
      token = true;
      byte = bytes[++at] as number;
      const negative = byte === MINUS;
      if (negative || byte === 0x2b) byte = bytes[++at] as number;
      const from = at;
      let power = 0;
      while (byte >= 0x30 && byte <= 0x39) {
        power = power * 10 + (byte - 0x30);
        byte = bytes[++at] as number;
      }
      if (at === from || at - from > 4) return false;
      exponent += negative ? -power : power;
    }
    if (this.count === this.data.length) this.grow();
    this.end = at;
    let value: number;
    if (exponent >= -22 && exponent <= 22 && digits <= 19) {
      value = exponent < 0 ? mantissa / (POWERS[-exponent] as number) : mantissa * (POWERS[exponent] as number);
      // Past 2^53 the value is a few units off in its last place: that decides no float32 unless a tie is near.
      if (mantissa >= EXACT) {
        if (this.dtype === 'float64' || Math.fround(value * (1 - SLACK)) !== Math.fround(value * (1 + SLACK))) {
          value = Number(bytes.toString('latin1', first, at));
        }
      }
    } else {
      value = Number(bytes.toString('latin1', first, at));
    }
    if (value === Infinity) return false;
    // An integer token has no negative zero.
    (this.data as Float32Array)[this.count++] = minus && (token || value !== 0) ? -value : value;
    return true;
  }

  private integer(bytes: Buffer, start: number): boolean {
    let at = start;
    let byte = bytes[at] as number;
    const minus = byte === MINUS;
    if (minus) byte = bytes[++at] as number;
    const first = at;
    let value = 0;
    while (byte >= 0x30 && byte <= 0x39) {
      value = value * 10 + (byte - 0x30);
      byte = bytes[++at] as number;
    }
    const digits = at - first;
    if (digits === 0 || digits > 10 || (digits > 1 && bytes[first] === 0x30)) return false;
    if (byte === POINT || byte === 0x65 || byte === 0x45) return false;
    if (minus) value = -value;
    if (this.dtype === 'uint32') {
      if (minus || value > 0xffff_ffff) return false;
    } else if (value < -0x8000_0000 || value > 0x7fff_ffff) {
      return false;
    }
    if (this.count === this.data.length) this.grow();
    this.end = at;
    // Integers past the range of a small dtype wrap around, in TensorFlow Serving as here.
    (this.data as Int32Array)[this.count++] = value;
    return true;
  }

  private bigInteger(bytes: Buffer, start: number): boolean {
    let at = start;
    let byte = bytes[at] as number;
    const minus = byte === MINUS;
    if (minus) byte = bytes[++at] as number;
    const first = at;
    let value = 0;
    while (byte >= 0x30 && byte <= 0x39) {
      value = value * 10 + (byte - 0x30);
      byte = bytes[++at] as number;
    }
    const digits = at - first;
    if (digits === 0 || digits > 15 || (digits > 1 && bytes[first] === 0x30)) return false;
    if (byte === POINT || byte === 0x65 || byte === 0x45 || (minus && this.dtype === 'uint64')) return false;
    if (this.count === this.data.length) this.grow();
    this.end = at;
    (this.data as BigInt64Array)[this.count++] = BigInt(minus ? -value : value);
    return true;
  }

  private bool(bytes: Buffer, at: number): boolean {
    const value = bytes[at] === 0x74;
    const text = value ? 'true' : 'false';
    for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text.charCodeAt(i)) return false;
    if (this.count === this.data.length) this.grow();
    this.end = at + text.length;
    (this.data as Uint8Array)[this.count++] = value ? 1 : 0;
    return true;
  }

  private text(bytes: Buffer, at: number): boolean {
    if (bytes[at] === OPEN_OBJECT) {
      const name = skipSpace(bytes, at + 1);
      if (bytes.toString('latin1', name, name + 5) !== '"b64"') return false;
      const colon = skipSpace(bytes, name + 5);
      const start = skipSpace(bytes, colon + 1);
      const end = plainString(bytes, start);
      if (bytes[colon] !== 0x3a || end === NOT_PLAIN) return false;
      const close = skipSpace(bytes, end);
      if (bytes[close] !== 0x7d) return false;
      this.end = close + 1;
      (this.data as Uint8Array[]).push(decodeBase64(bytes.subarray(start + 1, end - 1)));
    } else {
      const end = plainString(bytes, at);
      if (end === NOT_PLAIN) return false;
      this.end = end;
      (this.data as Uint8Array[]).push(bytes.subarray(at + 1, end - 1));
    }
    this.count++;
    return true;
  }
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
