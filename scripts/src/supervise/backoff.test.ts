import {createBackoff} from './backoff.js';

test('deaths in a row are waited out ever longer, but never past 30 s', () => {
  const backoff = createBackoff();
  expect(Array.from({length: 9}, () => backoff.next(10))).toEqual([
    500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000,
  ]);
});

test('a part that lived for more than a minute starts again at once', () => {
  const backoff = createBackoff();
  for (let death = 0; death < 5; death++) backoff.next(10);
  expect(backoff.next(61_000)).toBe(500);
});
