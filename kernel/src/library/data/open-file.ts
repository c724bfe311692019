import {readFile, stat} from 'node:fs/promises';
import {basename, extname} from 'node:path';
import {promisify} from 'node:util';
import {gunzip} from 'node:zlib';
import {type CsvOptions, parseCsv} from '../table/csv.js';
import {DataError} from '../table/data-error.js';
import {parseJson} from '../table/json.js';
import {parseParquet} from '../table/parquet.js';
import type {Schema, Table} from '../table/table.js';
import {textOfBytes} from '../table/text-of-bytes.js';
import {CATALOGUE} from './catalogue.js';
import {checkSeries, oldestFirst} from './check-series.js';
import {Dataset} from './dataset.js';

export interface FileOptions<S extends Schema = Schema> extends CsvOptions {
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
  /** Of a CSV or JSON file that is not UTF-8, e.g. "windows-1252" as Excel writes it. */
  readonly encoding?: string;
  /**
   * False for rows that are no time series although they have dates, such as orders: they need no order and no steps. A
   * table with a column of dates is taken for a time series otherwise.
   */
  readonly timeSeries?: boolean;
  /** The largest step between two dates that is no gap; by default 2.5 times the usual one, and a week at least. */
  readonly maxGapDays?: number;
  /** Columns whose values must be above zero, such as prices. */
  readonly positive?: readonly string[];
}

/** A larger file is refused before it is read: one string of JavaScript holds no more. */
const LARGEST_BYTES = 500_000_000;
const FORMATS = ['.csv', '.tsv', '.json', '.jsonl', '.ndjson', '.parquet'];

/** Reads a user's own file. @throws DataError with the row and column; Error when there is no such file or format. */
export async function openFile<S extends Schema>(path: string, options: FileOptions<S>): Promise<Dataset<S>> {
  const file = basename(path);
  let table = await readTable(path, file, options);
  if (options.timeSeries !== false && Object.values(table.schema).includes('date')) {
    table = oldestFirst(table);
    checkSeries(table, file, options);
  }
  return new Dataset(table, {
    name: file,
    title: options.title ?? file,
    source: options.source ?? `own file ${file}`,
    licence: options.licence ?? 'not stated',
    simulated: false,
    units: options.units ?? {},
    notes: table.notes,
    ...(options.step === undefined ? {} : {step: options.step}),
  });
}

async function readTable<S extends Schema>(path: string, file: string, options: FileOptions<S>): Promise<Table<S>> {
  const zipped = path.toLowerCase().endsWith('.gz');
  const extension = extname(zipped ? path.slice(0, -3) : path).toLowerCase();
  if (!FORMATS.includes(extension)) {
    const names = Object.keys(CATALOGUE).join(', ');
    throw new DataError(path, `no data set has this name (${names}), and no file ends so (${FORMATS.join(', ')})`);
  }
  const bytes = await readBounded(path, zipped);
  const {schema} = options;
  if (extension === '.parquet') return parseParquet(bytes, file, schema, options);
  const text = textOfBytes(bytes, file, options.encoding);
  if (extension === '.csv') return parseCsv(text, file, schema, options);
  if (extension === '.tsv') return parseCsv(text, file, schema, {delimiter: '\t', ...options});
  return parseJson(text, file, schema, options);
}

async function readBounded(path: string, zipped: boolean): Promise<Buffer> {
  const tooLarge = () =>
    new DataError(path, 'it is larger than 500 MB; cut it, or read the columns that you need elsewhere');
  try {
    if ((await stat(path)).size > LARGEST_BYTES) throw tooLarge();
    const bytes = await readFile(path);
    return zipped ? await promisify(gunzip)(bytes, {maxOutputLength: LARGEST_BYTES}) : bytes;
  } catch (error) {
    const {code} = error as NodeJS.ErrnoException;
    if (code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge();
    if (code === 'ENOENT')
      throw new DataError(path, `there is no such file; the notebook's folder is ${process.cwd()}`);
    if (code?.startsWith('Z_') === true)
      throw new DataError(path, `could not be unzipped: ${(error as Error).message}`);
    throw error;
  }
}
