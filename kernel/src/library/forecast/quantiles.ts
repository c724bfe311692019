/** The quantile of ascending values, linear between neighbours (R's type 7, NumPy's default). */
export function quantile(sorted: ArrayLike<number>, level: number): number {
  const position = (sorted.length - 1) * level;
  const below = Math.floor(position);
  const low = sorted[below] ?? NaN;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] ?? NaN;
  return low + (high - low) * (position - below);
}

/**
 * @throws RangeError unless the levels lie between 0 and 1, ascend, and have 0.5 among them.
 */
export function checkQuantiles(levels: readonly number[]): void {
  const ascending = levels.every((level, index) => level > (index === 0 ? 0 : (levels[index - 1] ?? 1)) && level < 1);
  if (!ascending || !levels.includes(0.5)) {
    throw new RangeError(`Quantiles must ascend between 0 and 1 and include 0.5; these are ${levels.join(', ')}.`);
  }
}
