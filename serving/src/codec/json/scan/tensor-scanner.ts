import type {Dtype, HostData, HostTensor} from '@ingot/tensorflow/session';
import {allocate} from '../../dtype.js';
import {decodeBase64} from '../parse/base64.js';
import {floatScanner} from './float-scanner.js';
import {NOT_PLAIN, plainString, skipSpace, type Scanner} from './scanner.js';

const MINUS = 0x2d;
const POINT = 0x2e;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const COMMA = 0x2c;
const MAX_RANK = 32;
/** dtypes that are read; JSON has no form for the others. */
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

export function isScanned(dtype: Dtype): boolean {
  return SCANNED.has(dtype);
}

/** A scanner for values of that dtype, with room for so many at first, in so many bytes of text. */
export function scannerOf(dtype: Dtype, expected: number, bytes: number): Scanner {
  return dtype === 'float32' || dtype === 'float64'
    ? floatScanner(dtype, expected, bytes)
    : new TensorScanner(dtype, expected);
}

/** Every dtype but floats. */
class TensorScanner implements Scanner {
  /** Where the last scalar ended. */
  private end = 0;
  /** The whole number that was read last. */
  private value = 0;
  private data: HostData | Uint8Array[];
  private count = 0;
  private rows = 0;
  private rank = -1;
  private readonly sizes: number[] = [];

  constructor(
    readonly dtype: Dtype,
    expected: number,
  ) {
    this.data = dtype === 'string' ? [] : allocate(dtype, Math.max(16, expected));
  }

  get scanned(): number {
    return this.rows;
  }

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

  tensor(leading: readonly number[]): HostTensor {
    const shape = [...leading, ...this.sizes];
    const data = Array.isArray(this.data)
      ? this.data
      : (this.data as Exclude<HostData, readonly Uint8Array[]>).subarray(0, this.count);
    return {dtype: this.dtype, shape, data};
  }

  private scalar(bytes: Buffer, at: number): boolean {
    switch (this.dtype) {
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

  /**
   * Reads a whole number of up to so many digits (15 at most: all of them are exact) into `value`.
   * @returns where it ends; -1 when it is something else: then nothing has changed, and the whole body is read in the general way
   */
  private wholeNumber(bytes: Buffer, start: number, maxDigits: number): number {
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
    if (digits === 0 || digits > maxDigits || (digits > 1 && bytes[first] === 0x30)) return -1;
    if (byte === POINT || byte === 0x65 || byte === 0x45) return -1;
    if (minus && (this.dtype === 'uint32' || this.dtype === 'uint64')) return -1;
    this.value = minus ? -value : value;
    return at;
  }

  private integer(bytes: Buffer, start: number): boolean {
    const end = this.wholeNumber(bytes, start, 10);
    if (end === -1) return false;
    const {value} = this;
    if (this.dtype === 'uint32') {
      if (value > 0xffff_ffff) return false;
    } else if (value < -0x8000_0000 || value > 0x7fff_ffff) {
      return false;
    }
    if (this.count === this.data.length) this.grow();
    this.end = end;
    // Integers past the range of a small dtype wrap around, in TensorFlow Serving as here.
    (this.data as Int32Array)[this.count++] = value;
    return true;
  }

  private bigInteger(bytes: Buffer, start: number): boolean {
    const end = this.wholeNumber(bytes, start, 15);
    if (end === -1) return false;
    if (this.count === this.data.length) this.grow();
    this.end = end;
    (this.data as BigInt64Array)[this.count++] = BigInt(this.value);
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
