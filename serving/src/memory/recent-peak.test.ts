import {RecentPeak} from './recent-peak.js';

test('the most of the last while counts, and what is longer ago does not', () => {
  let now = 0;
  const peak = new RecentPeak(30, () => now);
  const at = (time: number, value: number): number => {
    now = time;
    peak.note(value);
    return peak.value;
  };
  expect(at(0, 5)).toBe(5);
  expect(at(10, 9)).toBe(9);
  expect(at(20, 1)).toBe(9);
  expect(at(35, 2)).toBe(9);
  expect(at(66, 3)).toBe(3);
  // Nobody looked for a long time.
  expect(at(1000, 1)).toBe(1);
});
