import {constants} from 'node:buffer';
import {StatusError} from '../../../status/status.js';
import type {IntegerArray} from '../../dtype.js';
import {MAX_NUMBER_BYTES, writeFloat32, writeFloat64} from './float-text.js';
import {MAX_INTEGER_BYTES, writeInteger} from './integer-text.js';

const HEX = '0123456789ABCDEF';
const SHORT_ESCAPES = new Map([
  [0x08, 'b'],
  [0x09, 't'],
  [0x0a, 'n'],
  [0x0c, 'f'],
  [0x0d, 'r'],
  [0x22, '"'],
  [0x5c, '\\'],
]);

/** What one buffer can hold: 4 GiB before Node 22. */
const MOST_BYTES = constants.MAX_LENGTH;
/** So many values get the room that they may need at once: a long row hardly ever needs all of it. */
const PIECE_VALUES = 4096;

interface Level {
  readonly array: boolean;
  values: number;
}

/**
 * JSON text in the layout of RapidJSON's PrettyWriter: four spaces a level, and arrays on one line while `singleLine` is
 * set. String bytes pass through as they are; only quotes, backslashes and control characters are escaped.
 */
export class PrettyWriter {
  singleLine = false;
  private bytes: Buffer;
  private at = 0;
  private readonly levels: Level[] = [];

  constructor(expectedBytes = 256) {
    this.bytes = Buffer.allocUnsafe(Math.min(MOST_BYTES, expectedBytes));
  }

  get length(): number {
    return this.at;
  }

  /** What was written so far. The writer must not be used afterwards. */
  finish(): Buffer {
    return this.bytes.subarray(0, this.at);
  }

  startObject(): this {
    return this.start(0x7b, false);
  }

  startArray(): this {
    return this.start(0x5b, true);
  }

  end(): this {
    const level = this.levels.pop();
    if (level === undefined) throw new RangeError('nothing is open');
    if (level.values > 0 && !(level.array && this.singleLine)) this.newLine();
    this.reserve(1);
    this.bytes[this.at++] = level.array ? 0x5d : 0x7d;
    return this;
  }

  key(name: string | Uint8Array): this {
    return this.string(name);
  }

  string(text: string | Uint8Array): this {
    this.prefix();
    const bytes = typeof text === 'string' ? Buffer.from(text) : text;
    this.reserve(bytes.length * 6 + 2);
    this.bytes[this.at++] = 0x22;
    for (const byte of bytes) {
      if (byte >= 0x20 && byte !== 0x22 && byte !== 0x5c) {
        this.bytes[this.at++] = byte;
        continue;
      }
      const short = SHORT_ESCAPES.get(byte);
      this.at += this.bytes.write(short ? `\\${short}` : `\\u00${HEX[byte >> 4]}${HEX[byte & 15]}`, this.at, 'latin1');
    }
    this.bytes[this.at++] = 0x22;
    return this;
  }

  /** A token that needs no escaping: a number, true, false, null. */
  raw(token: string): this {
    this.prefix();
    this.reserve(token.length);
    this.at += this.bytes.write(token, this.at, 'latin1');
    return this;
  }

  float32(value: number): this {
    this.prefix();
    this.reserve(MAX_NUMBER_BYTES);
    this.at = writeFloat32(this.bytes, this.at, value);
    return this;
  }

  float64(value: number): this {
    this.prefix();
    this.reserve(MAX_NUMBER_BYTES);
    this.at = writeFloat64(this.bytes, this.at, value);
    return this;
  }

  /** `values[from..to)` as a whole array, without going through `prefix` for each. */
  float32Array(values: Float32Array, from: number, to: number): this {
    if (!this.singleLine) {
      this.startArray();
      for (let i = from; i < to; i++) this.float32(values[i] as number);
      return this.end();
    }
    return this.vector(values, from, to, MAX_NUMBER_BYTES, writeFloat32);
  }

  /** The same for integers. */
  integerArray(values: IntegerArray, from: number, to: number): this {
    if (!this.singleLine) {
      this.startArray();
      for (let i = from; i < to; i++) this.raw(String(values[i]));
      return this.end();
    }
    return this.vector<number | bigint>(values, from, to, MAX_INTEGER_BYTES, writeInteger);
  }

  /** An array on one line, of values that take `mostBytes` each and that `write` writes. */
  private vector<T>(
    values: ArrayLike<T>,
    from: number,
    to: number,
    mostBytes: number,
    write: (out: Buffer, at: number, value: T) => number,
  ): this {
    this.prefix();
    this.reserve(1);
    this.bytes[this.at++] = 0x5b;
    for (let i = from; i < to; i++) {
      if ((i - from) % PIECE_VALUES === 0) this.reserve(Math.min(to - i, PIECE_VALUES) * (mostBytes + 2));
      if (i > from) {
        this.bytes[this.at++] = 0x2c;
        this.bytes[this.at++] = 0x20;
      }
      this.at = write(this.bytes, this.at, values[i] as T);
    }
    this.reserve(1);
    this.bytes[this.at++] = 0x5d;
    return this;
  }

  private start(byte: number, array: boolean): this {
    this.prefix();
    this.reserve(1);
    this.bytes[this.at++] = byte;
    this.levels.push({array, values: 0});
    return this;
  }

  /** What must stand before the next value or key. */
  private prefix(): void {
    const level = this.levels.at(-1);
    if (level === undefined) return;
    this.reserve(2);
    if (level.array) {
      if (level.values > 0) {
        this.bytes[this.at++] = 0x2c;
        if (this.singleLine) this.bytes[this.at++] = 0x20;
      }
      if (!this.singleLine) this.newLine();
    } else if (level.values % 2 === 1) {
      this.bytes[this.at++] = 0x3a;
      this.bytes[this.at++] = 0x20;
    } else {
      if (level.values > 0) this.bytes[this.at++] = 0x2c;
      this.newLine();
    }
    level.values++;
  }

  private newLine(): void {
    const indent = this.levels.length * 4;
    this.reserve(indent + 1);
    this.bytes[this.at++] = 0x0a;
    this.bytes.fill(0x20, this.at, this.at + indent);
    this.at += indent;
  }

  private reserve(size: number): void {
    const needed = this.at + size;
    if (needed <= this.bytes.length) return;
    if (needed > MOST_BYTES) {
      throw new StatusError(
        'RESOURCE_EXHAUSTED',
        `The answer is more than ${MOST_BYTES} bytes of JSON. Ask for fewer instances at a time, or over gRPC`,
      );
    }
    const grown = Buffer.allocUnsafe(Math.min(MOST_BYTES, Math.max(this.bytes.length * 2, needed)));
    this.bytes.copy(grown, 0, 0, this.at);
    this.bytes = grown;
  }
}
