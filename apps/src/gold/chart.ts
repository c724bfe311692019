import type * as PlotModule from '@observablehq/plot';
import {QUANTILES, type ForecastDay} from './forecast.js';

/** Pairs of quantiles that are drawn as bands, widest first, with their opacity. */
const BANDS = [
  {low: 0, high: 8, name: '95 %', opacity: 0.15},
  {low: 2, high: 6, name: '80 %', opacity: 0.2},
  {low: 3, high: 5, name: '50 %', opacity: 0.3},
] as const;
const MEDIAN = QUANTILES.indexOf(0.5);

/**
 * History, forecast with its intervals, and the naive forecast.
 * @param Plot Observable Plot, as the page has loaded it.
 */
export function drawForecast(
  Plot: typeof PlotModule,
  prices: readonly number[],
  days: readonly ForecastDay[],
  width: number,
): Element {
  const last = prices.at(-1) ?? NaN;
  const history = prices.map((price, index) => ({day: index - prices.length + 1, price}));
  const start = {day: 0, values: QUANTILES.map(() => last)};
  const ahead = [start, ...days];
  const chart = Plot.plot({
    width,
    height: 360,
    marginLeft: 56,
    marginRight: 16,
    x: {label: 'trading days from the last price'},
    y: {label: 'price', grid: true, nice: true},
    ariaLabel: 'Gold price and forecast',
    ariaDescription: `The last ${prices.length} prices and the forecast for ${days.length} trading days.`,
    marks: [
      ...BANDS.map(({low, high, opacity}) =>
        Plot.areaY(ahead, {
          x: 'day',
          y1: (row: ForecastDay) => row.values[low],
          y2: (row: ForecastDay) => row.values[high],
          fill: 'var(--forecast)',
          fillOpacity: opacity,
        }),
      ),
      Plot.lineY(history, {x: 'day', y: 'price', stroke: 'currentColor'}),
      Plot.lineY(ahead, {x: 'day', y: () => last, stroke: 'currentColor', strokeDasharray: '4 4'}),
      Plot.lineY(ahead, {
        x: 'day',
        y: (row: ForecastDay) => row.values[MEDIAN],
        stroke: 'var(--forecast)',
        strokeWidth: 2,
      }),
    ],
  });
  // One image with one name; the table beneath it holds the numbers. Plot names groups that have no role to be named by.
  chart.setAttribute('role', 'img');
  for (const group of chart.querySelectorAll('g[aria-label]')) group.removeAttribute('aria-label');
  return chart;
}
