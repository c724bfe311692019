import fc from 'fast-check';
import {histogram} from './histogram.js';

test('values that are all equal, a single one too, get one bucket around them', () => {
  expect(histogram([0, 0, 0])).toEqual([[-0.5, 0.5, 3]]);
  expect(histogram([7])).toEqual([[6.5, 7.5, 1]]);
});

test('no values make no bucket, and NaN and infinities are left out', () => {
  expect(histogram([])).toEqual([]);
  expect(histogram([NaN, Infinity, 1, -Infinity])).toEqual([[0.5, 1.5, 1]]);
});

test('edges never pass the highest value, among subnormal numbers too', () => {
  const smallest = Number.MIN_VALUE;
  expect(histogram([0, 4 * smallest], 6).at(-1)).toEqual([4 * smallest, 4 * smallest, 0]);
});

test('every finite value is counted once, in buckets that touch', () =>
  fc.assert(
    fc.property(fc.array(fc.double()), fc.integer({min: 1, max: 50}), (values, count) => {
      const buckets = histogram(values, count);
      expect(buckets.reduce((sum, [, , n]) => sum + n, 0)).toBe(values.filter(Number.isFinite).length);
      buckets.forEach(([left, right], i) => {
        expect(left).toBeLessThanOrEqual(right);
        if (i > 0) expect(left).toBe(buckets[i - 1]?.[1]);
      });
    }),
  ));
