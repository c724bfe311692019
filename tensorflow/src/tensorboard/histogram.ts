/** Rows of [left edge, right edge, count]. */
export type Buckets = readonly (readonly [left: number, right: number, count: number])[];

/**
 * Counts values in `count` buckets of equal width, as tf.summary.histogram does; the last bucket is closed on the right.
 * Values that are all equal get one bucket of width 1 around them, no values no bucket. NaN and infinities are left out.
 */
export function histogram(values: ArrayLike<number>, count = 30): Buckets {
  let low = Infinity;
  let high = -Infinity;
  let finite = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (!Number.isFinite(value)) continue;
    finite++;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (finite === 0) return [];
  const width = (high - low) / count;
  // A range that is too small or too wide for `count` distinct edges in double precision has no buckets to speak of.
  if (!(low + width > low) || !Number.isFinite(width)) return [[low - 0.5, high + 0.5, finite]];
  const counts = new Float64Array(count);
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (!Number.isFinite(value)) continue;
    const bucket = Math.min(Math.floor((value - low) / width), count - 1);
    counts[bucket] = (counts[bucket] as number) + 1;
  }
  // Among subnormal numbers `width` is rounded up so far that the last edges would lie beyond the highest value.
  const edge = (i: number): number => (i === count ? high : Math.min(low + i * width, high));
  return Array.from(counts, (n, i) => [edge(i), edge(i + 1), n] as const);
}
