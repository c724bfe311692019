import type {IntegerArray} from './dtype.js';
import {malformed} from './wire.js';

/**
 * Packed lists of varints, as protobuf's int32, int64, uint32, uint64 and bool fields have them: 7 bits a byte, the lowest
 * first; negative numbers take ten bytes. A varint's 64 bits are two words here, the low one first, as integers of 64 bits
 * lie in the memory of every machine that TensorFlow runs on: a BigInt for each would cost ten times as much as the rest.
 */

/** A packed list of these values. */
export function packVarints(values: IntegerArray): Uint8Array {
  if (values instanceof BigInt64Array || values instanceof BigUint64Array) {
    return packWords(new Uint32Array(values.buffer, values.byteOffset, values.length * 2));
  }
  const signed = !(values instanceof Uint32Array);
  const low = values instanceof Int32Array ? values : new Int32Array(values);
  let bytes = 0;
  for (let i = 0; i < low.length; i++) bytes += sizeOf(low[i] as number, signed);
  if (bytes === low.length) return new Uint8Array(low);
  const into = Buffer.allocUnsafe(bytes);
  let at = 0;
  for (let i = 0; i < low.length; i++) {
    const value = low[i] as number;
    at = writeVarint(into, at, value, signed && value < 0 ? 0xffffffff : 0);
  }
  return into;
}

function packWords(words: Uint32Array): Uint8Array {
  let bytes = 0;
  for (let i = 0; i < words.length; i += 2) bytes += sizeOfPair(words[i] as number, words[i + 1] as number);
  const into = Buffer.allocUnsafe(bytes);
  let at = 0;
  for (let i = 0; i < words.length; i += 2) at = writeVarint(into, at, words[i] as number, words[i + 1] as number);
  return into;
}

function sizeOf(low: number, signed: boolean): number {
  if (low < 0) return signed ? 10 : 5;
  if (low < 0x80) return 1;
  if (low < 0x4000) return 2;
  if (low < 0x200000) return 3;
  return low < 0x10000000 ? 4 : 5;
}

function sizeOfPair(low: number, high: number): number {
  if (high === 0) return low < 0x80000000 ? sizeOf(low, false) : 5;
  // The first byte of `high`'s own has its lowest three bits.
  let size = 5;
  for (let rest = high >>> 3; rest > 0; rest >>>= 7) size++;
  return size;
}

function writeVarint(into: Buffer, at: number, low: number, high: number): number {
  let lo = low >>> 0;
  let hi = high >>> 0;
  while (hi !== 0 || lo > 0x7f) {
    into[at++] = (lo & 0x7f) | 0x80;
    lo = ((lo >>> 7) | (hi << 25)) >>> 0;
    hi >>>= 7;
  }
  into[at++] = lo;
  return at;
}

/**
 * Reads a packed list into `words`, two for each varint, from the varint `from` on.
 * @returns how many varints there are now, or -1 when there are more than `words` has room for
 * @throws StatusError INVALID_ARGUMENT when it is none
 */
export function unpackVarints(bytes: Uint8Array, words: Uint32Array, from: number): number {
  let at = 0;
  let to = from * 2;
  while (at < bytes.length) {
    if (to === words.length) return -1;
    let byte = bytes[at++] as number;
    let low = byte & 0x7f;
    let high = 0;
    for (let shift = 7; byte >= 0x80; shift += 7) {
      if (at === bytes.length || shift > 63) throw malformed();
      byte = bytes[at++] as number;
      const bits = byte & 0x7f;
      if (shift < 28) low |= bits << shift;
      else if (shift > 28) high |= bits << (shift - 32);
      else {
        low |= bits << 28;
        high = bits >>> 4;
      }
    }
    words[to++] = low;
    words[to++] = high;
  }
  return to / 2;
}
