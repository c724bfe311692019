import type {Tensor2D} from '@tensorflow/tfjs-node';
import {tf} from '@ingot/tensorflow';
import type {Provenance} from './provenance.js';
import {Period, type PeriodName} from './period.js';
import type {SeriesData} from './series-data.js';

/** Values in the order of time. */
export class Series implements SeriesData {
  readonly title: string;
  readonly unit: string;
  readonly step: string;
  readonly dates: readonly string[];
  readonly values: Float64Array;
  readonly provenance: Provenance;

  constructor(options: SeriesData) {
    ({
      title: this.title,
      unit: this.unit,
      step: this.step,
      dates: this.dates,
      values: this.values,
      provenance: this.provenance,
    } = options);
  }

  get length(): number {
    return this.values.length;
  }

  /** The index of the first value on or after the day; the series' length when there is none. */
  indexOf(date: string): number {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.dates[middle] ?? '') < date) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /**
   * What a model would have seen on each of the last `days` days, the newest last: [days, length].
   * @throws RangeError when the series is shorter than that.
   */
  recent(length: number, days: number): Tensor2D {
    if (this.length < length + days - 1) {
      throw new RangeError(`${this.title} has ${this.length} values: too few for ${days} windows of ${length}.`);
    }
    const first = this.length - days - length + 1;
    const rows = Array.from({length: days}, (_, day) =>
      Array.from(this.values.slice(first + day, first + day + length)),
    );
    return tf.tensor2d(rows, [days, length]);
  }

  /**
   * Cuts the series by time, never shuffling. Each date is the day on which the first forecast of that period is made, so
   * the values of a period are those after its date, and nothing of a later period is seen by an earlier one.
   * @throws RangeError when a date lies outside the series or the dates are out of order.
   */
  split(at: {readonly validation: string; readonly test: string}): Readonly<Record<PeriodName, Period>> {
    const validation = this.#cut('validation', at.validation);
    const test = this.#cut('test', at.test);
    if (validation >= test) throw new RangeError(`validation (${at.validation}) must lie before test (${at.test}).`);
    return {
      train: new Period('train', this, 0, validation),
      validation: new Period('validation', this, validation, test),
      test: new Period('test', this, test, this.length),
    };
  }

  #cut(name: string, date: string): number {
    const cut = this.indexOf(date) + 1;
    if (cut < 2 || cut >= this.length) {
      const span = `${this.dates[0]} to ${this.dates[this.length - 1]}`;
      throw new RangeError(`${name} starts at ${date}, but the series covers ${span}.`);
    }
    return cut;
  }
}
