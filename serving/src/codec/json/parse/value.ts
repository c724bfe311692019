/**
 * A JSON document as TensorFlow Serving's rules need to see it: they tell `1` from `1.0`, keep 64-bit integers, raw
 * string bytes, and the order and repetition of keys.
 */
export type Json =
  | null
  | boolean
  /** A token without fraction and exponent that fits int64 or uint64. */
  | bigint
  /** Any other number. */
  | number
  /** A string's bytes, usually UTF-8. */
  | Buffer
  | Json[]
  | JsonObject
  | ScannedNumbers;

/** A list of numbers, nested or not, that was read straight into memory: its values in row-major order. */
export class ScannedNumbers {
  constructor(readonly data: Float32Array | Float64Array) {}
}

export class JsonObject {
  readonly members: [key: Buffer, value: Json][] = [];

  /** The first member of that name, undefined when there is none. */
  find(key: string): Json | undefined {
    const bytes = Buffer.from(key);
    return this.members.find(([name]) => name.equals(bytes))?.[1];
  }
}

export function isNumber(value: Json): value is bigint | number {
  return typeof value === 'bigint' || typeof value === 'number';
}

/** The name that error texts give to a value's type. */
export function typeName(value: Json): string {
  if (value === null) return 'Null';
  if (value === true) return 'True';
  if (value === false) return 'False';
  if (isNumber(value)) return 'Number';
  if (Buffer.isBuffer(value)) return 'String';
  return Array.isArray(value) || value instanceof ScannedNumbers ? 'Array' : 'Object';
}
