import {CsvError, parse} from 'csv-parse/sync';
import {typedTable} from './columns.js';
import {DataError} from './data-error.js';
import type {Schema, Table} from './table.js';

/** A CSV file of more than this is refused before it is parsed. */
const LARGEST_BYTES = 256 * 1024 * 1024;

/**
 * Reads a CSV file (RFC 4180, first row is the header) into typed columns.
 * @param file is what errors call the file.
 * @param schema gives the columns that must be there, and their types; without it types are found from the values, and
 *     a column in which most values are numbers counts as one of numbers, so that a stray text is reported, not hidden.
 * @throws DataError that names the row and the column.
 */
export function parseCsv<S extends Schema>(text: string, file: string, schema?: S): Table<S> {
  if (text.length > LARGEST_BYTES) throw new DataError(file, 'the file is larger than 256 MiB; convert it to Parquet');
  const [first, ...rest] = records(text, file);
  if (first === undefined) throw new DataError(file, 'the file is empty; its first row must name the columns');
  const names = first.record;
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new DataError(file, 'two columns have this name', 1, twice);
  const columns = Object.fromEntries(names.map((name, column) => [name, rest.map(({record}) => record[column] ?? '')]));
  return typedTable({columns, file, rowNumbers: rest.map(({info}) => info.lines)}, schema);
}

interface CsvRecord {
  readonly record: string[];
  /** `lines` is the line on which the record ends. */
  readonly info: {readonly lines: number};
}

function records(text: string, file: string): CsvRecord[] {
  try {
    return parse(text, {bom: true, skip_empty_lines: true, trim: true, info: true}) as unknown as CsvRecord[];
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const row = typeof error['lines'] === 'number' ? error['lines'] : undefined;
    throw new DataError(file, error.message, row);
  }
}
