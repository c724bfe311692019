import type {CatalogueEntry} from './catalogue-entry.js';
import {goldUsdDaily} from './entries/gold-usd-daily.js';
import {goldUsdMonthly} from './entries/gold-usd-monthly.js';

/** Every data set that `ingot.dataset` knows by name. */
export const CATALOGUE = {
  'gold-usd-daily': goldUsdDaily,
  'gold-usd-monthly': goldUsdMonthly,
} as const;

export type DatasetName = keyof typeof CATALOGUE;
export type SchemaOf<N extends DatasetName> = (typeof CATALOGUE)[N] extends CatalogueEntry<infer S> ? S : never;
