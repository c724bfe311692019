import type {HostTensor, SignatureSpec} from '@ingot/tensorflow/session';
import {concatenate, countRows, cutUp, isBatchable, laneOf, splitRows} from './rows.js';

const floats = (shape: number[], ...values: number[]): HostTensor => ({
  dtype: 'float32',
  shape,
  data: Float32Array.from(values),
});
const strings = (...values: string[]): HostTensor => ({
  dtype: 'string',
  shape: [values.length],
  data: values.map(value => Buffer.from(value)),
});

test('requests are put below one another and get their own rows back', () => {
  const parts = [
    {x: floats([1, 2], 1, 2), s: strings('a')},
    {x: floats([2, 2], 3, 4, 5, 6), s: strings('b', 'c')},
  ];
  const joined = concatenate(parts, 3);
  expect(joined['x']).toEqual(floats([3, 2], 1, 2, 3, 4, 5, 6));
  expect(splitRows(joined, [1, 2], 3)).toEqual(parts);
});

test('filling up repeats the first row of the last request and is cut off again', () => {
  const parts = [{x: floats([1, 2], 1, 2)}, {x: floats([2, 2], 3, 4, 5, 6)}];
  const joined = concatenate(parts, 5);
  expect(joined['x']).toEqual(floats([5, 2], 1, 2, 3, 4, 5, 6, 3, 4, 3, 4));
  expect(splitRows(joined, [1, 2], 5)).toEqual(parts);
  expect(concatenate([{s: strings('a', 'b')}], 3)['s']).toEqual(strings('a', 'b', 'a'));
});

test('complex numbers stay pairs', () => {
  const tensor = (shape: number[], ...values: number[]): HostTensor => ({
    ...floats(shape, ...values),
    dtype: 'complex64',
  });
  const parts = [{x: tensor([1, 1], 1, 2)}, {x: tensor([1, 1], 3, 4)}];
  const joined = concatenate(parts, 3);
  expect(joined['x']).toEqual(tensor([3, 1], 1, 2, 3, 4, 3, 4));
  expect(splitRows(joined, [1, 1], 3)).toEqual(parts);
});

test('rows of different lengths are padded with the first value of their own request', () => {
  const joined = concatenate([{x: floats([1, 1], 7)}, {x: floats([2, 3], 1, 2, 3, 4, 5, 6)}], 3);
  expect(joined['x']).toEqual(floats([3, 3], 7, 7, 7, 1, 2, 3, 4, 5, 6));
});

test('a large request is cut up', () => {
  expect(cutUp({x: floats([5], 1, 2, 3, 4, 5)}, 5, 2)).toEqual([
    {inputs: {x: floats([2], 1, 2)}, rows: 2},
    {inputs: {x: floats([2], 3, 4)}, rows: 2},
    {inputs: {x: floats([1], 5)}, rows: 1},
  ]);
});

test('inputs without a common number of rows have none, and other sizes or dtypes are another lane', () => {
  expect(countRows({x: floats([2], 1, 2), y: floats([2, 1], 1, 2)})).toBe(2);
  expect(countRows({x: floats([2], 1, 2), y: floats([1], 1)})).toBeNull();
  expect(countRows({x: floats([], 1)})).toBeNull();
  const lane = laneOf({x: floats([1, 2], 1, 2)}, false);
  expect(laneOf({x: floats([2, 2], 1, 2, 3, 4)}, false)).toBe(lane);
  expect(laneOf({x: floats([1, 3], 1, 2, 3)}, false)).not.toBe(lane);
  expect(laneOf({x: {...floats([1, 2], 1, 2), dtype: 'complex64'}}, false)).not.toBe(lane);
});

test.each([
  ['all axes open', [-1, 2], [-1], true],
  ['an output without axes', [-1], [], false],
  ['an output of unknown rank', [-1], null, false],
  ['an input with a fixed first axis', [1, 2], [-1], false],
])('%s: batched or not', (_, input, output, batched) => {
  const spec = (shape: number[] | null) => ({dtype: 'float32' as const, shape, tensorName: 'x:0'});
  const signature: SignatureSpec = {methodName: '', inputs: {x: spec(input)}, outputs: {y: spec(output as number[])}};
  expect(isBatchable(signature)).toBe(batched);
});

test('outputs that do not have the rows of the batch are refused', () => {
  expect(() => splitRows({y: floats([3], 1, 2, 3)}, [1, 1], 2)).toThrow('0th dimension does not equal the sum');
  expect(() => splitRows({y: floats([], 1)}, [1, 1], 2)).toThrow('Batched output tensor has 0 dimensions');
});
