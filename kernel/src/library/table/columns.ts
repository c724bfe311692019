import {DataError} from './data-error.js';
import {type Columns, type ColumnType, type ColumnValues, type Schema, Table} from './table.js';

const ISO_DAY = /^\d{4}-\d{2}(-\d{2})?$/;
const NUMBER = /^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/;

/** Whether the text is a day (or month) that the calendar has, in ISO 8601. */
export function isIsoDay(text: string): boolean {
  if (!ISO_DAY.test(text)) return false;
  const full = text.length === 7 ? `${text}-01` : text;
  const time = Date.parse(`${full}T00:00:00Z`);
  return Number.isFinite(time) && new Date(time).toISOString().startsWith(full);
}

const readers: {[T in ColumnType]: (text: string) => ColumnValues[T][number] | undefined} = {
  number: text => (NUMBER.test(text) && Number.isFinite(Number(text)) ? Number(text) : undefined),
  date: text => (isIsoDay(text) ? text : undefined),
  boolean: text => (/^(true|false)$/i.test(text) ? text.toLowerCase() === 'true' : undefined),
  text: text => text,
};

const wanted: Readonly<Record<ColumnType, string>> = {
  number: 'is not a number',
  date: 'is not a date such as 2024-12-31',
  boolean: 'is neither true nor false',
  text: 'is not text',
};

/** The type that most non-empty values have; a tie goes to text. */
function typeOf(values: readonly string[]): ColumnType {
  const filled = values.filter(value => value !== '');
  const most = (type: ColumnType) =>
    filled.filter(value => readers[type](value) !== undefined).length * 2 > filled.length;
  return (['number', 'date', 'boolean'] as const).find(most) ?? 'text';
}

/** Columns of text, and where they came from. */
export interface TextColumns {
  readonly columns: Readonly<Record<string, readonly string[]>>;
  /** What errors call the file. */
  readonly file: string;
  /** The row of the file that each value stands in. */
  readonly rowNumbers: readonly number[];
}

/**
 * Turns columns of text into typed columns.
 * @throws DataError for a missing column, an empty cell where a value must be, and a value of another type.
 */
export function typedTable<S extends Schema>({columns, file, rowNumbers}: TextColumns, schema?: S): Table<S> {
  const found = () => Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, typeOf(values)]));
  const types: Schema = schema ?? found();
  const typed = Object.entries(types).map(([name, type]) => {
    const values = columns[name];
    if (values === undefined) {
      throw new DataError(file, `the column is missing; the file has ${Object.keys(columns).join(', ')}`, 1, name);
    }
    const fail = (problem: string, index: number) => new DataError(file, problem, rowNumbers[index], name);
    return [name, typedColumn(values, type, fail)] as const;
  });
  return new Table(types as S, Object.fromEntries(typed) as Columns<S>, rowNumbers);
}

function typedColumn<T extends ColumnType>(
  values: readonly string[],
  type: T,
  fail: (problem: string, index: number) => DataError,
): ColumnValues[T] {
  const read = readers[type];
  const typed = values.map((text, index) => {
    if (text === '' && type !== 'text') throw fail('the value is missing', index);
    const value = read(text);
    if (value === undefined) throw fail(`"${text.slice(0, 40)}" ${wanted[type]}`, index);
    return value;
  });
  return (type === 'number' ? Float64Array.from(typed as number[]) : typed) as ColumnValues[T];
}
