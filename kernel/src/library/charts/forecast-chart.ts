import type {MimeBundle} from '../../display/seam.js';
import type {Series} from '../data/series.js';
import {RICH, type Rich} from '../display/show.js';
import {intervalPairs} from '../forecast/metrics.js';
import {tf} from '@ingot/tensorflow';
import type {Forecaster} from '../forecast/backtest.js';
import {type Band, COLOURS, type Line, lineChart} from './line-chart.js';
import {textTable} from '../display/html.js';

export interface ForecastChartOptions {
  /** How many values the model sees. */
  readonly length: number;
  readonly quantiles: readonly number[];
  readonly model: Forecaster;
  /** The day on which the forecast is made; the series' last when left out. */
  readonly on?: string;
  /** How many values before it are drawn; 60 by default. */
  readonly history?: number;
}

/** More intervals than these would blur into one. */
const DRAWN = new Set([0.5, 0.8, 0.95]);

/** History, forecast with its intervals, the naive forecast, and what came after, where it is known. */
export class ForecastChart implements Rich {
  /** A complete SVG document. */
  readonly svg: string;
  readonly #text: string;

  constructor(
    series: Series,
    quantiles: readonly number[],
    origin: number,
    forecast: readonly number[][],
    history: number,
  ) {
    const horizon = forecast.length;
    const last = series.values[origin] ?? NaN;
    const first = Math.max(0, origin - history);
    const steps = Array.from({length: horizon}, (_, step) => step + 1);
    const median = quantiles.indexOf(0.5);
    const bands: Band[] = intervalPairs(quantiles)
      .filter(([, , nominal]) => DRAWN.has(nominal))
      .map(([low, high, nominal]) => ({
        label: `${100 * nominal} % interval`,
        colour: COLOURS.blue,
        opacity: nominal < 0.6 ? 0.3 : nominal < 0.9 ? 0.2 : 0.12,
        points: [
          [0, last, last],
          ...steps.map(step => [step, forecast[step - 1]?.[low] ?? NaN, forecast[step - 1]?.[high] ?? NaN] as const),
        ],
      }));
    const known = steps.filter(step => origin + step < series.length);
    const lines: Line[] = [
      {
        label: 'price',
        colour: COLOURS.black,
        points: Array.from({length: origin - first + 1}, (_, day) => [
          first + day - origin,
          series.values[first + day] ?? NaN,
        ]),
      },
      {
        label: 'median',
        colour: COLOURS.blue,
        points: [[0, last], ...steps.map(step => [step, forecast[step - 1]?.[median] ?? NaN] as const)],
      },
      {label: 'naive', colour: COLOURS.grey, dashed: true, points: [0, ...steps].map(step => [step, last])},
    ];
    if (known.length > 0) {
      const came = [0, ...known].map(step => [step, series.values[origin + step] ?? NaN] as const);
      lines.push({label: 'what came', colour: COLOURS.orange, points: came});
    }
    const tick = (offset: number) =>
      [offset, offset > 0 ? `+${offset}` : (series.dates[origin + offset] ?? '')] as const;
    const marks = [
      first - origin,
      Math.round(((first - origin) * 2) / 3),
      Math.round((first - origin) / 3),
      0,
      horizon,
    ];
    this.svg = lineChart({
      title: `${series.title}: forecast made on ${series.dates[origin] ?? ''}`,
      subtitle: `Source: ${series.provenance.source}`,
      xLabel: series.step,
      yLabel: series.unit,
      lines,
      bands,
      xTicks: marks.map(tick),
    });
    const rows = steps.map(step => [
      `+${step}`,
      last.toFixed(2),
      ...quantiles.map((_, index) => (forecast[step - 1]?.[index] ?? NaN).toFixed(2)),
    ]);
    this.#text = `${series.title}, ${series.unit}, made on ${series.dates[origin] ?? ''}\n${textTable(['step', 'naive', ...quantiles.map(String)], rows)}`;
  }

  [RICH](): MimeBundle {
    return {'text/plain': this.#text, 'image/svg+xml': this.svg};
  }
}

/**
 * Draws a model's forecast after the series' last value, or on a day of the past beside what came.
 *
 * ```ts
 * ingot.show(await ingot.forecastChart(prices, {length: 60, quantiles, model: forecast}));
 * ```
 * @throws RangeError when the series has fewer than `length` values up to that day.
 */
export async function forecastChart(series: Series, options: ForecastChartOptions): Promise<ForecastChart> {
  const {length, quantiles, model, history = 60, on} = options;
  const origin = on === undefined ? series.length - 1 : series.indexOf(on);
  if (origin + 1 < length || origin >= series.length) {
    throw new RangeError(`A forecast on ${on ?? 'the last day'} needs ${length} values of ${series.title} up to it.`);
  }
  const window = Float32Array.from(series.values.subarray(origin + 1 - length, origin + 1));
  const output = tf.tidy(() => model(tf.tensor2d(window, [1, length])));
  const [forecast] = (await output.array()) as number[][][];
  output.dispose();
  return new ForecastChart(series, quantiles, origin, forecast ?? [], history);
}
