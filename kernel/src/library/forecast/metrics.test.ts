import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {goldUsdDaily} from '../data/entries/gold-usd-daily.js';
import {naive, normalQuantile} from './baselines.js';
import {intervalPairs, naiveScale, score} from './metrics.js';

test('the figures are those worked out by hand', () => {
  // One origin, two steps; truth 12 and 9, quantiles 0.1, 0.5, 0.9.
  const forecasts = {levels: [0.1, 0.5, 0.9], horizon: 2, values: Float64Array.of(8, 10, 13, 10, 11, 14)};
  const result = score(forecasts, {values: Float64Array.of(10, 12, 9), origins: [0]}, 2, 4);
  expect(result.mae).toBe(2);
  expect(result.mase).toBe(0.5);
  // Step 1: 0.1*4, 0.5*2, (0.9-1)*(-1); step 2: 0.9*1, 0.5*2, 0.1*5; over six.
  expect(result.pinball).toBeCloseTo((0.4 + 1 + 0.1 + 0.9 + 1 + 0.5) / 6, 12);
  expect(result.intervals.get(0.8)).toEqual({coverage: 0.5, width: 4.5});
});

test('intervals are the pairs of levels around the median', () => {
  expect(intervalPairs([0.025, 0.1, 0.5, 0.9, 0.975])).toEqual([
    [0, 4, 0.95],
    [1, 3, 0.8],
  ]);
});

test('normal quantiles agree with published values', () => {
  expect([0.5, 0.9, 0.975, 0.999, 0.01].map(level => Number(normalQuantile(level).toFixed(6)))).toEqual([
    0, 1.281552, 1.959964, 3.090232, -2.326348,
  ]);
});

const data = process.env['INGOT_DATA'];
(data === undefined ? test.skip : test)(
  'naive on the real prices has the figures of an independent implementation',
  async () => {
    const texts = await Promise.all(goldUsdDaily.files.map(file => readFile(join(data ?? '', file), 'utf8')));
    const {date, price} = goldUsdDaily.read(texts).columns;
    const first = date.indexOf('2022-12-15');
    const origins = Array.from({length: date.indexOf('2024-10-25') - first + 1}, (_, index) => first + index);
    expect(origins).toHaveLength(471);
    const scale = naiveScale(price, first);
    const forecasts = naive({values: price, origins, horizon: 30});
    const figures = [1, 7, 30].map(steps => score(forecasts, {values: price, origins}, steps, scale).mase.toFixed(3));
    expect(figures).toEqual(['1.064', '2.206', '4.538']);
  },
);
