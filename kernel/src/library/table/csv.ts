import {type RawTable, type ReadOptions, sample, typedTable} from './columns.js';
import {type CsvFields, findFields, guessDelimiter} from './csv-fields.js';
import {DataError} from './data-error.js';
import {hasDecimalComma} from './formats.js';
import type {Schema, Table} from './table.js';

export interface CsvOptions extends ReadOptions {
  /** Between fields; the one that the header has most of, out of comma, semicolon, tab and bar, when left out. */
  readonly delimiter?: string;
  /** The row that names the columns, where other rows come before it; 1 when left out. */
  readonly headerRow?: number;
}

/**
 * Reads a CSV text (RFC 4180) into typed columns.
 * @param file is what errors call the file.
 * @param schema gives the columns that must be there, and their types; without it types are found from the values, and
 *     a column in which most values are numbers counts as one of numbers, so that a stray text is reported, not hidden.
 * @throws DataError that names the row and the column.
 */
export function parseCsv<S extends Schema>(text: string, file: string, schema?: S, options: CsvOptions = {}): Table<S> {
  const {headerRow = 1} = options;
  const plain = text.startsWith('\uFEFF') ? text.slice(1) : text;
  // Excel's own way of naming the delimiter.
  const named = /^sep=(.)\r?\n/.exec(plain);
  const skip = headerRow - 1 + (named === null ? 0 : 1);
  const candidates = [',', ';', '\t', '|'].filter(each => each !== options.decimal);
  const delimiter = options.delimiter ?? named?.[1] ?? guessDelimiter(plain, candidates, skip);
  if (delimiter.length !== 1) throw new RangeError(`The delimiter must be one character, not "${delimiter}".`);
  const raw = rawTable(findFields(plain, delimiter, file, skip), file);
  return typedTable(raw, schema, {...options, decimal: options.decimal ?? guessDecimal(raw, delimiter)});
}

function rawTable(fields: CsvFields, file: string): RawTable {
  if (fields.rows === 0) throw new DataError(file, 'the file is empty; its first row must name the columns');
  const names = namesOf(fields);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new DataError(file, 'two columns have this name', fields.lines[0], twice);
  return {
    columns: new Map(names.map((name, column) => [name, {at: (row: number) => fields.text(row + 1, column)}])),
    rows: fields.rows - 1,
    file,
    rowNumbers: fields.lines.subarray(1),
  };
}

/** A column without a name, as pandas writes its index, is called by its place. One that ends every row and is empty is none. */
function namesOf({columns, rows, text}: CsvFields): string[] {
  const names = Array.from({length: columns}, (_, column) => text(0, column));
  const isEmpty = (column: number) => {
    for (let row = 0; row < rows; row++) if (text(row, column) !== '') return false;
    return true;
  };
  while (names.length > 1 && names.at(-1) === '' && isEmpty(names.length - 1)) names.pop();
  return names.map((name, column) => (name === '' ? `column_${column + 1}` : name));
}

/** Where commas part the fields, a comma within a number is more likely a thousands mark: that is for the user to say. */
function guessDecimal({columns, rows}: RawTable, delimiter: string): '.' | ',' {
  if (delimiter === ',') return '.';
  const values = [...columns.values()].flatMap(column => sample(column, Math.min(rows, 1000)) as string[]);
  return hasDecimalComma(values) ? ',' : '.';
}
