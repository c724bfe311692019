import {DataError} from './data-error.js';
import {dateOrder, DateReader, isLocalDate} from './dates.js';
import {type Formats, numberHint, numberReader} from './formats.js';
import {isMissing, type Missing, missingText} from './missing.js';
import {type Columns, type ColumnType, type ColumnValues, type Schema, Table} from './table.js';

/** The values of one column as a file has them: text, or what JSON and Parquet hold. */
export interface RawColumn {
  at(row: number): unknown;
}

export interface RawTable {
  readonly columns: ReadonlyMap<string, RawColumn>;
  readonly rows: number;
  /** What errors call the file. */
  readonly file: string;
  /** The row of the file that each row stands in; when left out, the first is row 2. */
  readonly rowNumbers?: Uint32Array;
}

export interface ReadOptions extends Formats {
  readonly missing?: Missing;
}

/** Types are found from at most so many values of a column, evenly spread. */
const SAMPLE = 2000;

/**
 * Turns a file's columns into typed ones.
 * @throws DataError for a missing column, a missing value where nobody said what to do, and a value of another type.
 */
export function typedTable<S extends Schema>(raw: RawTable, schema?: S, options: ReadOptions = {}): Table<S> {
  const {columns, file, rows} = raw;
  const types: Schema =
    schema ?? Object.fromEntries([...columns].map(([name, column]) => [name, typeOf(column, rows, options)]));
  const read = Object.entries(types).map(([name, type]) => {
    const column = columns.get(name);
    if (column === undefined) {
      throw new DataError(file, `the column is missing; the file has ${[...columns.keys()].join(', ')}`, 1, name);
    }
    return [name, new ColumnReading(name, type, column, raw, options)] as const;
  });
  const table = new Table(
    types as S,
    Object.fromEntries(read.map(([name, reading]) => [name, reading.values])) as Columns<S>,
    raw.rowNumbers,
  );
  const gaps = read.flatMap(([name, {gaps}]) => (gaps.length === 0 ? [] : [{name, gaps}]));
  return gaps.length === 0 ? table : withGaps(table, gaps, options.missing);
}

/** The type that most of the values have; text when none has more than half. */
function typeOf(column: RawColumn, rows: number, formats: Formats): ColumnType {
  const filled = sample(column, rows);
  const number = numberReader(formats);
  const dates = new DateReader(formats.dates ?? dateOrder(filled.filter(value => typeof value === 'string')));
  const reads: readonly (readonly [ColumnType, (value: unknown) => boolean])[] = [
    ['number', value => number(value) !== undefined],
    ['date', value => dates.read(value) !== undefined || (typeof value === 'string' && isLocalDate(value))],
    ['boolean', value => readBoolean(value) !== undefined],
  ];
  return reads.find(([, fits]) => filled.filter(fits).length * 2 > filled.length)?.[0] ?? 'text';
}

/** Values that are there, evenly spread. */
export function sample(column: RawColumn, rows: number): unknown[] {
  const step = Math.max(1, Math.floor(rows / SAMPLE));
  const values: unknown[] = [];
  for (let row = 0; row < rows; row += step) {
    const value = column.at(row);
    if (!isMissing(value)) values.push(value);
  }
  return values;
}

function readBoolean(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value;
  return typeof value === 'string' && /^(true|false)$/i.test(value) ? value.toLowerCase() === 'true' : undefined;
}

function readText(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (value instanceof Date) return value.toISOString();
  return typeof value === 'object' ? JSON.stringify(value) : String(value as string | number | boolean | bigint);
}

/** Reads one column, and remembers where it has gaps. */
class ColumnReading<T extends ColumnType> {
  readonly values: ColumnValues[T];
  /** The rows, from 0, in which the value is missing. */
  readonly gaps: readonly number[];

  constructor(
    private readonly name: string,
    private readonly type: T,
    private readonly column: RawColumn,
    private readonly table: RawTable,
    private readonly options: ReadOptions,
  ) {
    const gaps: number[] = [];
    this.values = this.#read(type, gaps) as ColumnValues[T];
    this.gaps = gaps;
  }

  #read(type: ColumnType, gaps: number[]): ColumnValues[ColumnType] {
    const {column, options} = this;
    const {rows} = this.table;
    if (type === 'text') return Array.from({length: rows}, (_, row) => readText(column.at(row)));
    if (type === 'number') {
      const read = numberReader(options);
      const wrong = (value: unknown) => `${quoted(value)} is not a number${numberHint(String(value))}`;
      return this.#fill(new Float64Array(rows), NaN, read, wrong, gaps);
    }
    if (type === 'boolean') {
      const wrong = (value: unknown) => `${quoted(value)} is neither true nor false`;
      return this.#fill(new Array<boolean>(rows), false, readBoolean, wrong, gaps);
    }
    const dates = new DateReader(options.dates ?? this.#dateOrder());
    const times = this.#fill(new Float64Array(rows), NaN, value => dates.read(value), wrongDate, gaps);
    // A row that is dropped has no date to write.
    gaps.filter(row => Number.isNaN(times[row])).forEach(row => (times[row] = 0));
    return dates.write(times);
  }

  #dateOrder() {
    return dateOrder(sample(this.column, this.table.rows).filter(value => typeof value === 'string'));
  }

  #fill<V, A extends {[row: number]: V}>(
    into: A,
    none: V,
    read: (value: unknown) => V | undefined,
    wrong: (value: unknown) => string,
    gaps: number[],
  ): A {
    const {column, table} = this;
    for (let row = 0; row < table.rows; row++) {
      const raw = column.at(row);
      // Most values are there: they are not looked up among the words for missing ones.
      const value = raw === '' ? undefined : read(raw);
      if (value !== undefined) into[row] = value;
      else if (!isMissing(raw)) throw this.#error(wrong(raw), row);
      else into[row] = this.#missing(raw, row, none, into, gaps);
    }
    return into;
  }

  #missing<V>(raw: unknown, row: number, none: V, column: {readonly [row: number]: V}, gaps: number[]): V {
    const {missing = 'refuse'} = this.options;
    if (missing === 'refuse') throw this.#error(missingText(raw), row);
    gaps.push(row);
    if (missing === 'previous') {
      if (row === 0) throw this.#error('the value is missing, and there is no row before it', row);
      return column[row - 1] as V;
    }
    if (missing === 'keep' && this.type !== 'number') {
      throw this.#error(
        "the value is missing; only numbers can be kept missing: say missing: 'drop' or 'previous'",
        row,
      );
    }
    return none;
  }

  #error(problem: string, row: number): DataError {
    return new DataError(this.table.file, problem, this.table.rowNumbers?.[row] ?? row + 2, this.name);
  }
}

const quoted = (value: unknown) => `"${readText(value).slice(0, 40)}"`;

function wrongDate(value: unknown): string {
  const text = readText(value);
  if (isLocalDate(text)) {
    return `"${text}" could be two dates, or is another kind than the rest; say which comes first, dates: 'dmy' or 'mdy'`;
  }
  return `${quoted(value)} is not a date such as 2024-12-31, or not one like those before it`;
}

/** The table with a note of what was done about missing values; without the rows that have some, where that was it. */
function withGaps<S extends Schema>(
  table: Table<S>,
  columns: readonly {readonly name: string; readonly gaps: readonly number[]}[],
  missing: Missing | undefined,
): Table<S> {
  const gapped = new Set(columns.flatMap(({gaps}) => gaps));
  const counts = columns.map(({name, gaps}) => `${gaps.length} in "${name}"`).join(', ');
  const first = table.rowNumber(Math.min(...columns.map(({gaps}) => gaps[0] ?? Infinity)));
  const where = `${counts}; the first in row ${first}`;
  const noted = (note: string, of: Table<S>) => of.with({notes: [...table.notes, note]});
  if (missing === 'previous') return noted(`Missing values were taken from the row before: ${where}.`, table);
  if (missing === 'keep') return noted(`Values are missing: ${where}.`, table);
  const kept = Uint32Array.from({length: table.rows}, (_, row) => row).filter(row => !gapped.has(row));
  return noted(
    `${gapped.size} of ${table.rows} rows were left out, because a value is missing: ${where}.`,
    table.take(kept),
  );
}
