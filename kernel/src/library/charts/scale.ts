/** Round numbers from `low` to `high`, about `count` of them and at least `smallest` apart. */
export function ticks(low: number, high: number, count: number, smallest = 0): number[] {
  const span = high - low || Math.abs(high) || 1;
  const raw = span / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = Math.max(smallest, ([1, 2, 2.5, 5].find(factor => factor * power >= raw) ?? 10) * power);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({length: Math.max(0, last - first + 1)}, (_, index) =>
    Number(((first + index) * step).toPrecision(12)),
  );
}

/** Maps `domain` onto `range`, both [from, to], linearly. */
export function linear([low, high]: readonly [number, number], [from, to]: readonly [number, number]) {
  const span = high - low || 1;
  return (value: number) => from + ((value - low) / span) * (to - from);
}

/** The smallest and largest finite value, widened by `margin` of their distance on either side. */
export function extent(values: Iterable<number>, margin = 0): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) return [0, 1];
  const pad = (high - low || Math.abs(high) || 1) * margin;
  return [low - pad, high + pad];
}
