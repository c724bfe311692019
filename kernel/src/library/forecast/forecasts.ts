/** Forecasts of several origins: `values` is [origins, horizon, levels] flat; a point forecast has the one level 0.5. */
export interface Forecasts {
  readonly levels: readonly number[];
  readonly horizon: number;
  readonly values: Float64Array | Float32Array;
}

/** The values of one origin and step (from 0), by level. */
export function at({levels, horizon, values}: Forecasts, origin: number, step: number): ArrayLike<number> {
  const start = (origin * horizon + step) * levels.length;
  return values.subarray(start, start + levels.length);
}

/** Makes forecasts from a function that writes one origin's [horizon, levels]. */
export function forecastEach(
  origins: readonly number[],
  horizon: number,
  levels: readonly number[],
  write: (origin: number, into: Float64Array) => void,
): Forecasts {
  const size = horizon * levels.length;
  const values = new Float64Array(origins.length * size);
  origins.forEach((origin, index) => write(origin, values.subarray(index * size, (index + 1) * size)));
  return {levels, horizon, values};
}
