/**
 * Where data came from, as a person must be told it: shown with the data, and carried by the contract and the lineage of
 * every model that is trained on it.
 */
export interface Provenance {
  /** The data set's name, e.g. "gold-usd-daily". */
  readonly name: string;
  /** Who publishes it, as it must be cited. */
  readonly source: string;
  readonly licence: string;
  /** True when the numbers were made up by a seeded simulation. */
  readonly simulated: boolean;
  /** Of the columns as canonical CSV, so that the same data has the same hash wherever it was read from. */
  readonly sha256?: string;
  readonly rows?: number;
  /** First and last date, ISO 8601. */
  readonly from?: string;
  readonly to?: string;
}

/** The title of a table or plot; says so when the numbers are simulated. */
export function honestTitle(title: string, simulated: boolean): string {
  return simulated && !/simulated/i.test(title) ? `${title} (simulated data)` : title;
}
