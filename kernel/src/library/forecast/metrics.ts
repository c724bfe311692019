import {at, type Forecasts} from './forecasts.js';

/** How good forecasts were, each figure averaged over all origins and the steps 1 to `steps`. */
export interface Score {
  readonly steps: number;
  /** Mean absolute error of the median, in the series' unit. */
  readonly mae: number;
  /** MAE over the naive forecast's one-step MAE before the test (Hyndman and Koehler, 2006). */
  readonly mase: number;
  /** By origin: the absolute error, averaged over the steps. */
  readonly losses: Float64Array;
  /** Mean over the levels of the quantile loss, in the series' unit; null for a point forecast. */
  readonly pinball: number | null;
  /** By nominal coverage, e.g. 0.8: the share of true values within the interval, and its mean width. */
  readonly intervals: ReadonlyMap<number, {readonly coverage: number; readonly width: number}>;
}

/** What came after each origin. */
export interface Truth {
  readonly values: Float64Array;
  readonly origins: readonly number[];
}

/** @param scale is the naive forecast's one-step MAE before the test. */
export function score(forecasts: Forecasts, {values, origins}: Truth, steps: number, scale: number): Score {
  const {levels} = forecasts;
  const median = levels.indexOf(0.5);
  const pairs = intervalPairs(levels);
  const sums = {absolute: 0, pinball: 0, inside: pairs.map(() => 0), width: pairs.map(() => 0)};
  const losses = new Float64Array(origins.length);
  origins.forEach((origin, index) => {
    for (let step = 0; step < steps; step++) {
      const truth = values[origin + step + 1] ?? NaN;
      const forecast = at(forecasts, index, step);
      const error = Math.abs(truth - (forecast[median] ?? NaN));
      sums.absolute += error;
      losses[index] = (losses[index] ?? 0) + error / steps;
      levels.forEach((level, which) => {
        const error = truth - (forecast[which] ?? NaN);
        sums.pinball += Math.max(level * error, (level - 1) * error) / levels.length;
      });
      pairs.forEach(([low, high], pair) => {
        const [from, to] = [forecast[low] ?? NaN, forecast[high] ?? NaN];
        if (truth >= from && truth <= to) sums.inside[pair] = (sums.inside[pair] ?? 0) + 1;
        sums.width[pair] = (sums.width[pair] ?? 0) + to - from;
      });
    }
  });
  const count = origins.length * steps;
  const mae = sums.absolute / count;
  const intervals = pairs.map(([, , nominal], pair) => {
    return [nominal, {coverage: (sums.inside[pair] ?? NaN) / count, width: (sums.width[pair] ?? NaN) / count}] as const;
  });
  return {
    steps,
    mae,
    mase: mae / scale,
    losses,
    pinball: levels.length > 1 ? sums.pinball / count : null,
    intervals: new Map(intervals),
  };
}

/** Index of the low and high level of each central interval, and what it should cover. */
export function intervalPairs(levels: readonly number[]): [low: number, high: number, nominal: number][] {
  return levels.flatMap((level, low) => {
    const high = levels.findIndex(other => Math.abs(other - (1 - level)) < 1e-9);
    return level < 0.5 && high >= 0 ? [[low, high, Number((1 - 2 * level).toFixed(6))]] : [];
  });
}

/** The mean absolute one-step change of the `days` steps up to the index: MASE's scale. */
export function naiveScale(values: Float64Array, index: number, days = 252): number {
  const first = Math.max(1, index - days + 1);
  let sum = 0;
  for (let day = first; day <= index; day++) sum += Math.abs((values[day] ?? NaN) - (values[day - 1] ?? NaN));
  return sum / (index - first + 1);
}
