import {seededRandom} from '../data/random.js';
import {type Forecasts, forecastEach} from './forecasts.js';
import {quantile} from './quantiles.js';

/** What every baseline needs: the whole series, of which each origin sees only the values up to and with itself. */
export interface BaselineInput {
  readonly values: Float64Array;
  /** Indices of the last known values. */
  readonly origins: readonly number[];
  readonly horizon: number;
}

/** How many of the last values the drift and the historical simulation look back on. */
const LOOK_BACK = 1000;
const DECAY = 0.97;
const PATHS = 1000;

/** The last value, for every step: the forecast to beat. */
export function naive({values, origins, horizon}: BaselineInput): Forecasts {
  return forecastEach(origins, horizon, [0.5], (origin, into) => into.fill(values[origin] ?? NaN));
}

/**
 * The value of one season before, for every step: the forecast to beat where hours, weekdays or months repeat.
 * @param season in steps, e.g. 24 for hours of a day.
 */
export function seasonalNaive({values, origins, horizon}: BaselineInput, season: number): Forecasts {
  return forecastEach(origins, horizon, [0.5], (origin, into) => {
    into.forEach((_, step) => {
      into[step] = values[origin + 1 + step - season * Math.ceil((step + 1) / season)] ?? NaN;
    });
  });
}

/** The last value plus the mean log change of the last 1,000 steps. */
export function drift({values, origins, horizon}: BaselineInput): Forecasts {
  return forecastEach(origins, horizon, [0.5], (origin, into) => {
    const last = values[origin] ?? NaN;
    const back = Math.min(LOOK_BACK, origin);
    const mean = Math.log(last / (values[origin - back] ?? NaN)) / back;
    into.forEach((_, step) => (into[step] = last * Math.exp(mean * (step + 1))));
  });
}

/** A random walk whose log changes are normal with the standard deviation of the whole past. */
export function gaussian({values, origins, horizon}: BaselineInput, levels: readonly number[]): Forecasts {
  const changes = logChanges(values);
  const squares = new Float64Array(values.length);
  for (let index = 1; index < values.length; index++)
    squares[index] = (squares[index - 1] ?? 0) + (changes[index] ?? 0) ** 2;
  const scores = levels.map(normalQuantile);
  return forecastEach(origins, horizon, levels, (origin, into) => {
    const deviation = Math.sqrt((squares[origin] ?? NaN) / origin);
    const last = values[origin] ?? NaN;
    into.forEach((_, index) => {
      const step = Math.floor(index / levels.length) + 1;
      into[index] = last * Math.exp(deviation * Math.sqrt(step) * (scores[index % levels.length] ?? 0));
    });
  });
}

/**
 * Filtered historical simulation: past changes divided by the volatility of their day are drawn again at today's, which
 * follows an exponentially weighted average. Barone-Adesi, Giannopoulos and Vosper, "VaR without correlations for
 * portfolios of derivative securities", 1999. Seeded: the same input gives the same forecast.
 */
export function filteredHistoricalSimulation(
  {values, origins, horizon}: BaselineInput,
  levels: readonly number[],
): Forecasts {
  const changes = logChanges(values);
  const variances = ewmaVariances(changes);
  const random = seededRandom(1);
  const ends = Array.from({length: horizon}, () => new Float64Array(PATHS));
  return forecastEach(origins, horizon, levels, (origin, into) => {
    const first = Math.max(2, origin - LOOK_BACK + 1);
    const residuals = Float64Array.from({length: origin - first + 1}, (_, index) => {
      return (changes[first + index] ?? 0) / Math.sqrt(variances[first + index - 1] ?? NaN);
    });
    for (let path = 0; path < PATHS; path++) {
      let variance = variances[origin] ?? NaN;
      let sum = 0;
      for (let step = 0; step < horizon; step++) {
        const change = Math.sqrt(variance) * (residuals[Math.floor(random() * residuals.length)] ?? 0);
        variance = DECAY * variance + (1 - DECAY) * change ** 2;
        sum += change;
        (ends[step] as Float64Array)[path] = sum;
      }
    }
    const last = values[origin] ?? NaN;
    ends.forEach((sums, step) => {
      sums.sort();
      levels.forEach((level, index) => (into[step * levels.length + index] = last * Math.exp(quantile(sums, level))));
    });
  });
}

/** The log change that led to each value; the first has none and gets 0. */
function logChanges(values: Float64Array): Float64Array {
  return values.map((value, index) => (index === 0 ? 0 : Math.log(value / (values[index - 1] ?? NaN))));
}

/** The variance of the next change, known at each index; starts at the mean square of the first 60 changes. */
function ewmaVariances(changes: Float64Array): Float64Array {
  const start = changes.subarray(1, 61);
  let variance = start.reduce((sum, change) => sum + change ** 2, 0) / Math.max(1, start.length);
  return changes.map(change => (variance = DECAY * variance + (1 - DECAY) * change ** 2));
}

/** The standard normal distribution's quantile (Acklam's rational approximation, relative error below 1.2e-9). */
export function normalQuantile(level: number): number {
  const a = [
    -39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716, 2.506628277459239,
  ];
  const b = [-54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572, 1];
  const c = [
    -0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968,
    2.938163982698783,
  ];
  const d = [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416, 1];
  const polynomial = (factors: readonly number[], x: number) => factors.reduce((sum, factor) => sum * x + factor, 0);
  if (level > 0.5) return -normalQuantile(1 - level);
  if (level >= 0.02425) {
    const x = level - 0.5;
    return (x * polynomial(a, x * x)) / polynomial(b, x * x);
  }
  const x = Math.sqrt(-2 * Math.log(level));
  return polynomial(c, x) / polynomial(d, x);
}
