import fc from 'fast-check';
import protobuf from 'protobufjs';
import type {IntegerArray} from './dtype.js';
import {packVarints, unpackVarints} from './packed-varints.js';

/** A list of that type, by protobufjs. */
function reference(type: string, values: readonly unknown[]): Uint8Array {
  const source = `syntax = "proto3"; message List { repeated ${type} of = 1; }`;
  const message = protobuf.parse(source).root.lookupType('List');
  const bytes = message.encode(message.fromObject({of: values})).finish();
  // Behind the tag there is a length of as many bytes as it takes.
  return bytes.subarray(bytes.length - packedLength(bytes));
}

function packedLength(bytes: Uint8Array): number {
  const reader = new protobuf.Reader(bytes);
  reader.uint32();
  return reader.uint32();
}

/** Integers of all sizes up to that of a type. */
const sized = (bits: number, signed: boolean): fc.Arbitrary<bigint> =>
  fc
    .tuple(fc.bigInt({min: 0n, max: 2n ** 64n - 1n}), fc.integer({min: 1, max: bits}))
    .map(([value, width]) => (signed ? BigInt.asIntN(width, value) : BigInt.asUintN(width, value)));

const lists: readonly [string, string, fc.Arbitrary<bigint>, (values: bigint[]) => IntegerArray][] = [
  ['int8', 'int32', sized(8, true), values => Int8Array.from(values, Number)],
  ['uint8', 'int32', sized(8, false), values => Uint8Array.from(values, Number)],
  ['int16', 'int32', sized(16, true), values => Int16Array.from(values, Number)],
  ['uint16', 'int32', sized(16, false), values => Uint16Array.from(values, Number)],
  ['int32', 'int32', sized(32, true), values => Int32Array.from(values, Number)],
  ['uint32', 'uint32', sized(32, false), values => Uint32Array.from(values, Number)],
  ['int64', 'int64', sized(64, true), values => BigInt64Array.from(values)],
  ['uint64', 'uint64', sized(64, false), values => BigUint64Array.from(values)],
];

test.each(lists)('%s: packed as protobuf packs them, and read back', (_dtype, type, value, arrayOf) => {
  fc.assert(
    fc.property(fc.array(value, {minLength: 1, maxLength: 50}), values => {
      const packed = packVarints(arrayOf(values));
      expect(Buffer.from(packed)).toEqual(Buffer.from(reference(type, values.map(String))));
      const words = new Uint32Array(values.length * 2 + 2);
      expect(unpackVarints(packed, words, 1)).toBe(values.length + 1);
      expect([...new BigUint64Array(words.buffer)].slice(1)).toEqual(values.map(each => BigInt.asUintN(64, each)));
    }),
  );
});

test('lists that are none, or too long, are told', () => {
  const words = new Uint32Array(4);
  expect(unpackVarints(Buffer.of(1, 2, 3), words, 0)).toBe(-1);
  expect(unpackVarints(Buffer.of(), words, 1)).toBe(1);
  for (const broken of [[0x80], [1, 0xff, 0xff], Array<number>(10).fill(0x80), Array<number>(11).fill(0xff)]) {
    expect(() => unpackVarints(Buffer.from(broken), words, 0)).toThrow('not a valid protocol buffer');
  }
});
