import {readFile} from 'node:fs/promises';
import {basename, extname} from 'node:path';
import {parseCsv} from '../table/csv.js';
import {DataError} from '../table/data-error.js';
import {parseJson} from '../table/json.js';
import {parseParquet} from '../table/parquet.js';
import type {Schema, Table} from '../table/table.js';
import {CATALOGUE} from './catalogue.js';
import {checkSeries} from './check-series.js';
import {Dataset} from './dataset.js';

export interface FileOptions<S extends Schema> {
  /** The columns to read, and their types; all columns with types found from their values when left out. */
  readonly schema?: S;
  readonly title?: string;
  /** Who made the data, as it must be cited. */
  readonly source?: string;
  readonly licence?: string;
  /** By column, e.g. {price: 'EUR/MWh'}. */
  readonly units?: Readonly<Record<string, string>>;
  /** The time between two rows, e.g. "hour". */
  readonly step?: string;
  /** The largest step between two dates that is no gap; by default 2.5 times the usual one, and a week at least. */
  readonly maxGapDays?: number;
  /** Columns whose values must be above zero, such as prices. */
  readonly positive?: readonly string[];
}

/** Reads a user's own file. @throws DataError with the row and column; Error when there is no such file or format. */
export async function openFile<S extends Schema>(path: string, options: FileOptions<S>): Promise<Dataset<S>> {
  const file = basename(path);
  const table = await readTable(path, file, options.schema);
  const hasDates = Object.values(table.schema).includes('date');
  if (hasDates) checkSeries(table, file, options);
  return new Dataset(table, {
    name: file,
    title: options.title ?? file,
    source: options.source ?? `own file ${file}`,
    licence: options.licence ?? 'not stated',
    simulated: false,
    units: options.units ?? {},
    ...(options.step === undefined ? {} : {step: options.step}),
  });
}

async function readTable<S extends Schema>(path: string, file: string, schema?: S): Promise<Table<S>> {
  const extension = extname(path).toLowerCase();
  const known = ['.csv', '.json', '.jsonl', '.ndjson', '.parquet'];
  if (!known.includes(extension)) {
    const names = Object.keys(CATALOGUE).join(', ');
    throw new DataError(path, `no data set has this name (${names}), and no file ends so (${known.join(', ')})`);
  }
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new DataError(path, `there is no such file; the notebook's folder is ${process.cwd()}`);
  }
  if (extension === '.csv') return parseCsv(bytes.toString('utf8'), file, schema);
  if (extension === '.parquet') return parseParquet(bytes, file, schema);
  return parseJson(bytes.toString('utf8'), file, schema);
}
