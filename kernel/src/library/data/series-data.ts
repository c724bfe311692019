import type {Provenance} from './provenance.js';

/** Values in the order of time, and what a person must know to read them. */
export interface SeriesData {
  readonly title: string;
  /** e.g. "USD/oz". */
  readonly unit: string;
  /** The time between two values, e.g. "trading day". */
  readonly step: string;
  /** ISO 8601, ascending, one for each value. */
  readonly dates: readonly string[];
  readonly values: Float64Array;
  readonly provenance: Provenance;
}
