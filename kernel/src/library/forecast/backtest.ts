import type {Tensor2D, Tensor3D} from '@tensorflow/tfjs-node';
import {tf} from '@ingot/tensorflow';
import type {Period, WindowOptions} from '../data/period.js';
import {BacktestReport, type Judged} from './backtest-report.js';
import {type BaselineInput, drift, filteredHistoricalSimulation, gaussian, naive, seasonalNaive} from './baselines.js';
import type {Forecasts} from './forecasts.js';
import {naiveScale, score} from './metrics.js';
import {checkQuantiles} from './quantiles.js';

/** [b, length] values, oldest first -> [b, horizon, quantiles], in the series' own unit: what a model serves. */
export type Forecaster = (values: Tensor2D) => Tensor3D;

export interface BacktestOptions extends WindowOptions {
  /** The levels that the models forecast; 0.5 must be among them. */
  readonly quantiles: readonly number[];
  /** What is judged, by name. */
  readonly models: Readonly<Record<string, Forecaster>>;
  /** How many steps a season has, where there is one, e.g. 24 hours: the value of a season before is a baseline then. */
  readonly season?: number;
  /** Figures are averaged over the steps 1 to each of these; by default 1 and the horizon. */
  readonly steps?: readonly number[];
}

/** So many windows are forecast at once. */
const BATCH = 256;

/**
 * Judges models by rolling origins: from every day of the period a forecast is made of the days after it, with what was
 * known on that day. The naive forecast (tomorrow is as today) comes first, then the statistical baselines (which need values
 * above zero), then the models; on a market, beating naive by much is a reason to look for a mistake.
 *
 * ```ts
 * const report = await ingot.backtest(periods.test, {length: 60, horizon: 7, quantiles, models: {transformer: forecast}});
 * ingot.show(report);
 * ```
 * @throws RangeError when the period is too short or a model's output has another shape.
 */
export async function backtest(period: Period, options: BacktestOptions): Promise<BacktestReport> {
  const {horizon, quantiles, models, steps = [1, horizon]} = options;
  checkQuantiles(quantiles);
  const {inputs, targets, origins: dates} = period.windows(options);
  targets.dispose();
  const origins = period.origins(options);
  const {values} = period.series;
  const truth = {values, origins, horizon};
  const forecasts = baselines(truth, options);
  try {
    for (const [name, model] of Object.entries(models)) forecasts.push([name, await run(name, model, inputs, options)]);
  } finally {
    inputs.dispose();
  }
  const scale = naiveScale(values, origins[0] ?? 0);
  const judged: Judged[] = forecasts.map(([name, made]) => ({
    name,
    baseline: !Object.hasOwn(models, name),
    scores: steps.map(count => score(made, truth, count, scale)),
  }));
  return new BacktestReport({
    series: period.series,
    from: dates[0] ?? '',
    to: dates.at(-1) ?? '',
    origins: dates.length,
    judged,
  });
}

function baselines(truth: BaselineInput, {quantiles, season}: BacktestOptions): [string, Forecasts][] {
  const {values, origins} = truth;
  if (season !== undefined && !(Number.isInteger(season) && season > 0 && season <= (origins[0] ?? 0) + 1)) {
    throw new RangeError(
      `A season of ${season} steps is none, or is longer than what is known before the first forecast.`,
    );
  }
  const all: [string, Forecasts][] = [['naive (last value)', naive(truth)]];
  if (season !== undefined) all.push([`seasonal naive (${season} steps before)`, seasonalNaive(truth, season)]);
  // The others think in changes by so many percent.
  if (values.every(value => value > 0)) {
    all.push(
      ['random walk with drift', drift(truth)],
      ['constant volatility', gaussian(truth, quantiles)],
      ['historical simulation', filteredHistoricalSimulation(truth, quantiles)],
    );
  }
  return all;
}

async function run(name: string, model: Forecaster, inputs: Tensor2D, options: BacktestOptions): Promise<Forecasts> {
  const {horizon, quantiles} = options;
  const [count, length] = inputs.shape;
  const values = new Float32Array(count * horizon * quantiles.length);
  for (let first = 0; first < count; first += BATCH) {
    const size = Math.min(BATCH, count - first);
    const output = tf.tidy(() => model(inputs.slice([first, 0], [size, length])));
    const wanted = [size, horizon, quantiles.length];
    if (output.shape.join() !== wanted.join()) {
      const shape = output.shape.join(', ');
      output.dispose();
      throw new RangeError(
        `"${name}" gave [${shape}] where [${wanted.join(', ')}] (batch, horizon, quantiles) is wanted.`,
      );
    }
    values.set(await output.data(), first * horizon * quantiles.length);
    output.dispose();
  }
  return {levels: quantiles, horizon, values};
}
