import type {Tensor2D} from '@tensorflow/tfjs-node';
import {tf} from '@ingot/tensorflow';
import type {SeriesData} from './series-data.js';

export type PeriodName = 'train' | 'validation' | 'test';

export interface WindowOptions {
  /** How many values the model sees, oldest first. */
  readonly length: number;
  /** How many values it forecasts. */
  readonly horizon: number;
}

/** Pairs of what was known on a day (the origin) and what came after. */
export interface Windows extends WindowOptions {
  /** [count, length], the series' own unit. */
  readonly inputs: Tensor2D;
  /** [count, horizon], the series' own unit. */
  readonly targets: Tensor2D;
  /** The last known day of each window. */
  readonly origins: readonly string[];
  readonly count: number;
}

/** A stretch of a series: the values `start` (included) to `end` (excluded) are what is forecast in it. */
export class Period {
  constructor(
    readonly name: PeriodName,
    readonly series: SeriesData,
    readonly start: number,
    readonly end: number,
  ) {}

  /** First and last day that is forecast. */
  get from(): string {
    return this.series.dates[this.start] ?? '';
  }
  get to(): string {
    return this.series.dates[this.end - 1] ?? '';
  }

  /** The indices of the days on which a forecast of `horizon` values can be made and judged within the period. */
  origins({length, horizon}: WindowOptions): number[] {
    const first = Math.max(this.start - 1, length - 1);
    return Array.from({length: Math.max(0, this.end - horizon - first)}, (_, index) => first + index);
  }

  /**
   * All windows whose targets lie in the period; inputs may reach back into the period before, as they would on the day.
   * @throws RangeError when the period is too short for one window.
   */
  windows(options: WindowOptions): Windows {
    const origins = this.origins(options);
    const {series, name} = this;
    const {length, horizon} = options;
    if (origins.length === 0) {
      throw new RangeError(
        `The ${name} period (${this.from} to ${this.to}) is too short for a window of ${length} + ${horizon} values.`,
      );
    }
    return {
      length,
      horizon,
      count: origins.length,
      origins: origins.map(origin => series.dates[origin] ?? ''),
      inputs: stack(series, origins, 1 - length, length),
      targets: stack(series, origins, 1, horizon),
    };
  }
}

/** [origins, count]: the `count` values from `origin + offset` on. */
function stack(series: SeriesData, origins: readonly number[], offset: number, count: number): Tensor2D {
  const values = new Float32Array(origins.length * count);
  origins.forEach((origin, row) => {
    values.set(series.values.subarray(origin + offset, origin + offset + count), row * count);
  });
  return tf.tensor2d(values, [origins.length, count]);
}
