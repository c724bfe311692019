import {stablePoint, versionAt} from './weights.js';

const shares = new Map([
  [10n, 10],
  [9n, 90],
  [8n, 0],
]);
const KEYS = Array.from({length: 20_000}, (_, i) => `user-${i}`);

test('each version gets its share of keys, and one without a share none', () => {
  const counts = new Map<bigint | null, number>();
  for (const key of KEYS) {
    const version = versionAt(shares, stablePoint('gold', key));
    counts.set(version, (counts.get(version) ?? 0) + 1);
  }
  expect([...counts.keys()].sort()).toEqual([10n, 9n]);
  // Four standard deviations around a tenth.
  expect(Math.abs((counts.get(10n) ?? 0) / KEYS.length - 0.1)).toBeLessThan(4 * Math.sqrt((0.1 * 0.9) / KEYS.length));
});

test('a larger share takes keys from the other version, and gives none away', () => {
  const more = new Map([
    [9n, 70],
    [10n, 30],
  ]);
  for (const key of KEYS) {
    const point = stablePoint('gold', key);
    if (versionAt(shares, point) === 10n) expect(versionAt(more, point)).toBe(10n);
  }
});

test('the point of a key is what it was in every release, or clients would change their version', () => {
  expect(stablePoint('gold', 'user-1')).toBeCloseTo(0.92793, 5);
});

test('the ends of the line belong to the first and the last version', () => {
  expect(versionAt(shares, 0)).toBe(9n);
  expect(versionAt(shares, 1 - 2 ** -53)).toBe(10n);
  expect(versionAt(new Map([[8n, 0]]), 0.5)).toBeNull();
  expect(versionAt([], 0)).toBeNull();
});
