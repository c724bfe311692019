/**
 * Whether one forecast was better than another by more than luck: the Diebold-Mariano test with the small-sample correction
 * of Harvey, Leybourne and Newbold (1997). Losses of forecasts over several steps overlap, so their autocovariances up to
 * `steps - 1` count (with Bartlett's weights, which keep the variance positive).
 * @param losses and `others` have one value for each origin, in the order of time.
 * @returns the statistic, negative when `losses` are smaller, and its two-sided p-value (normal approximation, good from
 *     some hundred origins on); null when the two never differ or there are fewer than 30 origins.
 */
export function dieboldMariano(
  losses: Float64Array,
  others: Float64Array,
  steps: number,
): {readonly statistic: number; readonly pValue: number} | null {
  const count = losses.length;
  const differences = losses.map((loss, origin) => loss - (others[origin] ?? NaN));
  const mean = differences.reduce((sum, difference) => sum + difference, 0) / count;
  const deviations = differences.map(difference => difference - mean);
  const covariance = (lag: number) =>
    deviations.subarray(lag).reduce((sum, deviation, index) => sum + deviation * (deviations[index] ?? 0), 0) / count;
  let variance = covariance(0);
  for (let lag = 1; lag < steps; lag++) variance += 2 * (1 - lag / steps) * covariance(lag);
  if (count < 30 || !(variance > 0)) return null;
  const correction = Math.sqrt((count + 1 - 2 * steps + (steps * (steps - 1)) / count) / count);
  const statistic = (correction * mean) / Math.sqrt(variance / count);
  return {statistic, pValue: 2 * normalTail(Math.abs(statistic))};
}

/** P(Z > z) for z >= 0; Abramowitz and Stegun 26.2.17, absolute error below 7.5e-8. */
function normalTail(z: number): number {
  const t = 1 / (1 + 0.2316419 * z);
  const factors = [1.330274429, -1.821255978, 1.781477937, -0.356563782, 0.31938153, 0];
  const polynomial = factors.reduce((sum, factor) => sum * t + factor, 0);
  return (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * polynomial;
}
