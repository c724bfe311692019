import {FULL, countOf, freeState, newState, numbers, shapeOf, type Numbers} from '@ingot/tensorflow/numbers';
import type {HostTensor} from '@ingot/tensorflow/session';
import {NOT_PLAIN, skipSpace, type Scanner} from './scanner.js';
import {room, shrink} from './slab.js';

const ZERO = 0x30;
const MINUS = 0x2d;
const POINT = 0x2e;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const COMMA = 0x2c;
const SPACE = 0x20;
const MAX_RANK = 32;
/** Digits that fit an int32 whatever they are. */
const INT_DIGITS = 9;
/** Up to here every integer is a double of its own. */
const EXACT = 2 ** 53;
/** Bounds the error of a 19-digit mantissa and one scaling, relative. */
const SLACK = 2 ** -49;
const POWERS = Array.from({length: 23}, (_, i) => Number(`1e${i}`));

/** A shorter text is read in the time that it takes to call native code. */
const MIN_NATIVE_BYTES = 512;

/** @param bytes of text that is likely to be one tensor or a part of one @param native for tests; null to do without */
export function floatScanner(
  dtype: 'float32' | 'float64',
  expected: number,
  bytes: number,
  native: Numbers | null = bytes < MIN_NATIVE_BYTES ? null : numbers(),
): Scanner {
  return native === null ? new FloatScanner(dtype, expected) : new NativeFloatScanner(dtype, expected, native);
}

/** Floats out of nested lists, which is what nearly every body consists of. */
class NativeFloatScanner implements Scanner {
  private readonly state = newState();
  private data: Float32Array | Float64Array;
  private rows = 0;

  constructor(
    readonly dtype: 'float32' | 'float64',
    expected: number,
    private readonly native: Numbers,
  ) {
    this.data = allocate(dtype, expected);
  }

  get scanned(): number {
    return this.rows;
  }

  scan(bytes: Buffer, start: number): number {
    for (;;) {
      const end = this.native.scanFloats(bytes, start, this.data, this.state);
      if (end === FULL) {
        this.data = grown(this.data);
        continue;
      }
      if (end !== NOT_PLAIN) this.rows++;
      return end;
    }
  }

  tensor(leading: readonly number[]): HostTensor {
    const {dtype, state, data} = this;
    const shape = [...leading, ...shapeOf(state)];
    const count = countOf(state);
    freeState(state);
    return {dtype, shape, data: shown(data, count)};
  }
}

function allocate(dtype: 'float32' | 'float64', expected: number): Float32Array | Float64Array {
  const length = Math.max(16, expected);
  return dtype === 'float32' ? room(length) : new Float64Array(length);
}

function grown(data: Float32Array | Float64Array): Float32Array | Float64Array {
  const larger = data instanceof Float32Array ? new Float32Array(data.length * 2) : new Float64Array(data.length * 2);
  larger.set(data);
  return larger;
}

function shown(data: Float32Array | Float64Array, count: number): Float32Array | Float64Array {
  return data instanceof Float32Array ? shrink(data, count) : data.subarray(0, count);
}

/** The same without native code: one loop without calls, its state in locals, digits summed up as int32. */
class FloatScanner implements Scanner {
  /** Where the last number that `general` read ended. */
  private end = 0;
  private data: Float32Array | Float64Array;
  private count = 0;
  private rows = 0;
  private rank = -1;
  private readonly sizes: number[] = [];

  /** `expected`: how many values to make room for at first. */
  constructor(
    readonly dtype: 'float32' | 'float64',
    expected: number,
  ) {
    this.data = allocate(dtype, expected);
  }

  get scanned(): number {
    return this.rows;
  }

  scan(bytes: Buffer, start: number): number {
    const {sizes} = this;
    const counts: number[] = [];
    let {data, count, rank} = this;
    let depth = 0;
    let at = start;
    let byte = bytes[at] as number;
    for (;;) {
      while (byte === OPEN_LIST) {
        if (depth === (rank < 0 ? MAX_RANK : rank)) return NOT_PLAIN;
        counts[depth++] = 0;
        byte = bytes[++at] as number;
        if (byte <= SPACE) byte = bytes[(at = skipSpace(bytes, at))] as number;
      }
      if (rank < 0) rank = depth;
      if (depth !== rank) return NOT_PLAIN;

      const from = at;
      if (byte === MINUS) byte = bytes[++at] as number;
      const first = at;
      let digit = byte ^ ZERO;
      let high = 0;
      while (digit <= 9) {
        high = (Math.imul(high, 10) + digit) | 0;
        byte = bytes[++at] as number;
        digit = byte ^ ZERO;
      }
      const whole = at - first;
      let plain = whole <= INT_DIGITS;
      let value = high;
      const point = byte === POINT;
      if (point && plain) {
        byte = bytes[++at] as number;
        const fraction = at;
        if (high === 0) while (byte === ZERO) byte = bytes[++at] as number;
        let until = at + INT_DIGITS - (high === 0 ? 0 : whole);
        digit = byte ^ ZERO;
        while (digit <= 9 && at < until) {
          high = (Math.imul(high, 10) + digit) | 0;
          byte = bytes[++at] as number;
          digit = byte ^ ZERO;
        }
        value = high;
        if (digit <= 9) {
          const middle = at;
          until = at + INT_DIGITS;
          let low = 0;
          while (digit <= 9 && at < until) {
            low = (Math.imul(low, 10) + digit) | 0;
            byte = bytes[++at] as number;
            digit = byte ^ ZERO;
          }
          value = high * (POWERS[at - middle] as number) + low;
        }
        const places = at - fraction;
        plain = digit > 9 && places > 0 && places < POWERS.length;
        if (plain) {
          const exact = value < EXACT;
          value /= POWERS[places] as number;
          // Past 2^53 the value is a few units off in its last place: that decides no float32 unless a tie is near.
          if (!exact) {
            plain = this.dtype === 'float32' && Math.fround(value * (1 - SLACK)) === Math.fround(value * (1 + SLACK));
          }
        }
      }
      if (whole === 0 || (whole > 1 && bytes[first] === ZERO)) return NOT_PLAIN;
      // Anything else that is a digit, a point or an exponent is for the general reader to judge.
      if (!plain || (byte | 0x20) === 0x65) {
        value = this.general(bytes, first);
        if (Number.isNaN(value)) return NOT_PLAIN;
        at = this.end;
        byte = bytes[at] as number;
        if (first > from) value = -value;
      } else if (first > from && (point || value !== 0)) {
        // An integer token has no negative zero.
        value = -value;
      }
      if (count === data.length) data = this.data = grown(data);
      data[count++] = value;

      for (;;) {
        if (depth === 0) {
          this.count = count;
          this.rank = rank;
          this.rows++;
          return at;
        }
        if (byte <= SPACE) byte = bytes[(at = skipSpace(bytes, at))] as number;
        const seen = (counts[depth - 1] as number) + 1;
        counts[depth - 1] = seen;
        if (byte === COMMA) {
          byte = bytes[++at] as number;
          if (byte <= SPACE) byte = bytes[(at = skipSpace(bytes, at))] as number;
          break;
        }
        if (byte !== CLOSE_LIST) return NOT_PLAIN;
        byte = bytes[++at] as number;
        depth--;
        const size = sizes[depth];
        if (size === undefined) sizes[depth] = seen;
        else if (size !== seen) return NOT_PLAIN;
      }
    }
  }

  tensor(leading: readonly number[]): HostTensor {
    return {dtype: this.dtype, shape: [...leading, ...this.sizes], data: shown(this.data, this.count)};
  }

  /** A number without its sign, with as many digits as it likes and an exponent; sets `end`. NaN when it is none. */
  private general(bytes: Buffer, start: number): number {
    let at = start;
    const digits = (): number => {
      const from = at;
      for (let byte = bytes[at] as number; byte >= ZERO && byte <= ZERO + 9;) byte = bytes[++at] as number;
      return at - from;
    };
    const whole = digits();
    if (whole === 0 || (whole > 1 && bytes[start] === ZERO)) return NaN;
    if (bytes[at] === POINT) {
      at++;
      if (digits() === 0) return NaN;
    }
    if (((bytes[at] as number) | 0x20) === 0x65) {
      at++;
      if (bytes[at] === MINUS || bytes[at] === 0x2b) at++;
      const size = digits();
      if (size === 0 || size > 4) return NaN;
    }
    this.end = at;
    const value = Number(bytes.toString('latin1', start, at));
    return value === Infinity ? NaN : value;
  }
}
