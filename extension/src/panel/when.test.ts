import {ago, duration, figure} from './when.js';

const now = Date.parse('2026-11-10T12:00:00Z');

it.each([
  ['2026-11-10T12:00:00Z', 'now'],
  ['2026-11-10T11:59:48Z', '12 seconds ago'],
  ['2026-11-10T10:30:00Z', '1 hour ago'],
  ['2026-11-09T11:00:00Z', 'yesterday'],
  ['2026-10-01T12:00:00Z', '10/1/2026'],
  ['not a time', 'not a time'],
])('%s is %s', (iso, words) => {
  expect(ago(iso, now, 'en-US')).toBe(words);
});

it('gives how long something took, when both ends are known', () => {
  expect(duration('2026-11-10T12:00:00Z', '2026-11-10T12:00:06.04Z')).toBe('6.0 s');
  expect(duration('2026-11-10T12:00:00Z', '2026-11-10T12:02:05Z')).toBe('2 min 5 s');
  expect(duration('2026-11-10T12:00:00Z', undefined)).toBeNull();
});

it.each([
  [42, '42'],
  [12.345678, '12.35'],
  [0.0123456, '0.01235'],
  [0.0000123, '1.23e-5'],
  [NaN, 'NaN'],
])('shows %d as %s', (value, text) => {
  expect(figure(value)).toBe(text);
});
