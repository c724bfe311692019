import type {HostTensor} from '@ingot/tensorflow/session';
import {firstDifference, sameAnswer} from './compare.js';

const floats = (...values: number[]): HostTensor => ({
  dtype: 'float32',
  shape: [values.length],
  data: Float32Array.from(values),
});
const halves = (...bits: number[]): HostTensor => ({
  dtype: 'half',
  shape: [bits.length],
  data: Uint16Array.from(bits),
});
const texts = (...values: string[]): HostTensor => ({
  dtype: 'string',
  shape: [values.length],
  data: values.map(value => Buffer.from(value)),
});
const tolerance = {absolute: 0.01, relative: 0.001};

test.each([
  ['near numbers', floats(1, 2), floats(1.005, 2), true],
  ['a number that is off', floats(1, 2), floats(1, 2.02), false],
  ['NaN and infinity where they were', floats(NaN, Infinity), floats(NaN, Infinity), true],
  ['NaN where a number was', floats(1), floats(NaN), false],
  ['a number where NaN was', floats(NaN), floats(1), false],
  ['infinity of the other sign', floats(Infinity), floats(-Infinity), false],
  ['a number where infinity was', floats(Infinity), floats(1), false],
  ['half floats, which are bits', halves(0x3c00), halves(0x3c01), true],
  ['half floats that are far off', halves(0x3c00), halves(0x4000), false],
  ['the same text', texts('a'), texts('a'), true],
  ['another text', texts('a'), texts('b'), false],
  ['another shape', floats(1, 2), {...floats(1, 2), shape: [2, 1]}, false],
  ['another dtype', floats(1), {dtype: 'float64', shape: [1], data: Float64Array.of(1)} as const, false],
])('%s', (_, a, b, same) => {
  expect(sameAnswer({y: a}, {y: b}, tolerance)).toBe(same);
});

test('an output more or less, or of another name, is another answer', () => {
  expect(sameAnswer({y: floats(1)}, {y: floats(1), z: floats(1)}, tolerance)).toBe(false);
  expect(sameAnswer({y: floats(1)}, {z: floats(1)}, tolerance)).toBe(false);
  expect(sameAnswer({toString: floats(1)}, {y: floats(1)}, tolerance)).toBe(false);
});

test.each([
  [{y: floats(1, 2)}, {y: floats(1, 2.5)}, '"y"[1] is 2.5 instead of 2'],
  [{y: texts('gold')}, {y: texts('x'.repeat(100))}, `"y"[0] is "${'x'.repeat(40)}..." instead of "gold"`],
  [{y: floats(1)}, {y: floats(1, 2)}, '"y" has shape [2] instead of [1]'],
  [{y: floats(1)}, {z: floats(1)}, 'there is no output "y"'],
])('where an answer differs is said in words', (a, b, words) => {
  expect(firstDifference(a, b, tolerance)).toBe(words);
});
