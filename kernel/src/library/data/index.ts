import {setTimeout as wait} from 'node:timers/promises';
import {LiveDisplay} from '../display/show.js';
import {progressBar} from '../display/progress-bar.js';
import {settings} from '../settings.js';
import type {Schema, Table} from '../table/table.js';
import {CATALOGUE, type DatasetName, type SchemaOf} from './catalogue.js';
import type {CatalogueEntry, DownloadContext} from './catalogue-entry.js';
import {Dataset} from './dataset.js';
import {type FileOptions, openFile} from './open-file.js';
import {findData} from './places.js';

export interface NamedOptions {
  /** Asks the public source for what is newer than the data at hand. */
  readonly refresh?: boolean;
  /** False never goes online. */
  readonly online?: boolean;
  /** Of the simulation that stands in when no real data can be had. */
  readonly seed?: number;
}

/**
 * Opens a data set by its name: looked for in the folder INGOT_DATA, in the cache, at the public source (with progress and
 * retries) and, for the gold price, replaced by a simulation that says so everywhere when nothing else is there.
 *
 * ```ts
 * const gold = await ingot.dataset('gold-usd-daily');
 * gold.columns.price;   // Float64Array, USD per troy ounce
 * ```
 * @throws DataError when the data is found and is wrong, with the file, row and column.
 */
export async function dataset<N extends DatasetName>(name: N, options?: NamedOptions): Promise<Dataset<SchemaOf<N>>>;
/**
 * Opens a file of your own, CSV, JSON (an array of objects, or JSON Lines) or Parquet, as typed columns.
 * With a column of dates it is checked as a time series: gaps, text among numbers and dates out of order are refused with
 * the row and the column.
 *
 * ```ts
 * const sales = await ingot.dataset('./sales.csv', {units: {amount: 'EUR'}, source: 'our shop', licence: 'internal'});
 * ```
 */
export async function dataset<S extends Schema = Schema>(path: string, options?: FileOptions<S>): Promise<Dataset<S>>;
export async function dataset(name: string, options: NamedOptions & FileOptions<Schema> = {}): Promise<Dataset> {
  const entry = Object.hasOwn(CATALOGUE, name) ? (CATALOGUE[name as DatasetName] as CatalogueEntry<Schema>) : undefined;
  return entry === undefined ? openFile(name, options) : openNamed(entry, options);
}

async function openNamed(entry: CatalogueEntry<Schema>, options: NamedOptions): Promise<Dataset> {
  const {data, dataCache} = settings();
  const live = new LiveDisplay();
  const context: DownloadContext = {
    fetch,
    wait: async ms => {
      await wait(ms);
    },
    today: new Date().toISOString().slice(0, 10),
    progress: (text, fraction) => live.update(progressBar(text, fraction)),
  };
  const {seed = 7, online = true, refresh = false} = options;
  const found = await findData(entry, {data, cache: dataCache, online, refresh, seed}, context);
  const {simulated} = found;
  return new Dataset(found.table, {
    ...entry,
    simulated,
    source: simulated ? `simulated by Ingot (GARCH(1,1), seed ${seed}); not real` : entry.source,
    licence: simulated ? 'CC0-1.0' : entry.licence,
    notes: [...found.notes, ...(simulated ? [] : [...entry.notes, ...ageNote(found.table, entry.name, context.today)])],
  });
}

/** Prices of long ago look like today's in a chart: said when the last is older than a month. */
function ageNote({schema, columns}: Table, name: string, today: string): string[] {
  const column = Object.keys(schema).find(each => schema[each] === 'date') ?? '';
  const last = (columns[column] as readonly string[] | undefined)?.at(-1) ?? today;
  const days = Math.round((Date.parse(today) - Date.parse(last)) / 86_400_000);
  if (days <= 31) return [];
  return [
    `Ends ${last}, ${days} days ago: ingot.dataset('${name}', {refresh: true}) asks the source for newer values.`,
  ];
}
