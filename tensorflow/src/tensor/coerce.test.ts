import fc from 'fast-check';
import {coerce, type TensorLike} from './coerce.js';
import {fromBfloat16, fromHalf, toBfloat16, toHalf} from './float-bits.js';
import type {Dtype} from './tensor.js';
import {floats} from '../session/testing/cases.js';

const spec = (dtype: Dtype, shape: number[] | null) => ({dtype, shape, tensorName: 'x:0'});

test.each<[string, Dtype, number[] | null, TensorLike, unknown]>([
  [
    'nested arrays',
    'float32',
    [-1, 2],
    [
      [1, 2],
      [3, 4],
    ],
    {shape: [2, 2], data: floats(1, 2, 3, 4)},
  ],
  ['a number', 'float64', [], 1.5, {shape: [], data: Float64Array.of(1.5)}],
  ['values alone', 'float32', [-1, 2], floats(1, 2, 3, 4), {shape: [2, 2], data: floats(1, 2, 3, 4)}],
  [
    'values with a shape',
    'int32',
    null,
    {data: [1, 2] as never, shape: [1, 2]},
    {shape: [1, 2], data: Int32Array.of(1, 2)},
  ],
  ['big integers', 'int64', [-1], [2n ** 62n, -1], {shape: [2], data: BigInt64Array.of(2n ** 62n, -1n)}],
  ['texts', 'string', [-1], ['é', ''], {shape: [2], data: [new TextEncoder().encode('é'), new Uint8Array(0)]}],
  ['bytes as one string', 'string', [], Uint8Array.of(1, 2), {shape: [], data: [Uint8Array.of(1, 2)]}],
  ['truths', 'bool', [-1], [true, false], {shape: [2], data: Uint8Array.of(1, 0)}],
  ['halves', 'half', [-1], [1, -2], {shape: [2], data: Uint16Array.of(0x3c00, 0xc000)}],
  ['nothing', 'float32', [-1], [], {shape: [0], data: floats()}],
])('%s become a tensor of the signature', async (_, dtype, shape, value, expected) => {
  expect(await coerce('x', spec(dtype, shape), value)).toEqual({dtype, ...(expected as object)});
});

test.each<[string, Dtype, number[] | null, TensorLike, string]>([
  ['ragged arrays', 'float32', null, [[1], [2, 3]], 'the input "x" is ragged: [1] beside [2]'],
  ['nothing', 'float32', null, null as never, 'is float32; null is no number'],
  ['a text as a number', 'float32', null, ['7'], 'is float32; "7" is no number'],
  ['a number as a text', 'string', null, [7], 'is string; 7 is none'],
  ['too large an integer', 'int8', null, [128], 'is int8; 128 is not in its range'],
  ['a fraction as an integer', 'int32', null, [0.5], 'is int32; 0.5 is not in its range'],
  ['a fraction as an int64', 'int64', null, [0.5], 'is int64; 0.5 is none'],
  ['an integer below an unsigned one', 'uint64', null, [-1], 'is uint64; -1 is out of its range'],
  ['values that fit no shape', 'float32', [-1, 4], floats(1, 2, 3), 'has 3 values, which do not make the shape [-1,4]'],
  [
    'values with two unknown sizes',
    'float32',
    [-1, -1],
    floats(1),
    'several unknown sizes ([-1,-1]): give it as {data, shape}',
  ],
])('%s are refused', async (_, dtype, shape, value, message) => {
  await expect(async () => coerce('x', spec(dtype, shape), value)).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
    message: expect.stringContaining(message),
  });
});

test('every half and bfloat16 goes to a number and back to the same bits', () => {
  for (let bits = 0; bits < 65536; bits++) {
    const half = fromHalf(bits);
    if (!Number.isNaN(half) && toHalf(half) !== bits) throw new Error(`half ${bits} became ${toHalf(half)}`);
    const bfloat = fromBfloat16(bits);
    if (!Number.isNaN(bfloat) && toBfloat16(bfloat) !== bits)
      throw new Error(`bfloat16 ${bits}: ${toBfloat16(bfloat)}`);
  }
});

test('a number becomes the nearest half', () => {
  fc.assert(
    fc.property(fc.float({noNaN: true, min: -65504, max: 65504}), value => {
      const bits = toHalf(value);
      const error = Math.abs(fromHalf(bits) - value);
      for (const other of [bits - 1, bits + 1].map(fromHalf)) {
        if (Math.abs(other - value) < error) return false;
      }
      return true;
    }),
  );
  expect([toHalf(65519), toHalf(65520), toHalf(-Infinity), toHalf(NaN)]).toEqual([0x7bff, 0x7c00, 0xfc00, 0x7e00]);
  // Ties go to even.
  expect([toHalf(2049), toHalf(2051), toBfloat16(1 + 2 ** -8), toBfloat16(NaN)]).toEqual([
    0x6800, 0x6802, 0x3f80, 0x7fc0,
  ]);
});
