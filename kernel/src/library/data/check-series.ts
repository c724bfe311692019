import {DataError} from '../table/data-error.js';
import {timeOf} from '../table/dates.js';
import type {Schema, Table} from '../table/table.js';

export interface SeriesRules {
  /** The largest step between two dates that is no gap; by default 2.5 times the usual one, and a week at least. */
  readonly maxGapDays?: number;
  /** Columns whose values must be above zero, such as prices. */
  readonly positive?: readonly string[];
}

const DAY_MS = 86_400_000;
const dayNumber = (date: string) => timeOf(date) / DAY_MS;

/** Files from exchanges often have the newest row first: such a table is turned round, with a note. */
export function oldestFirst<S extends Schema>(table: Table<S>): Table<S> {
  const column = Object.keys(table.schema).find(name => table.schema[name] === 'date') ?? '';
  const dates = table.columns[column] as readonly string[];
  const falls = dates.every((date, row) => row === 0 || date < (dates[row - 1] ?? ''));
  if (!falls || table.rows < 2) return table;
  return table.reversed().with({notes: [...table.notes, 'The file has the newest row first; it was turned round.']});
}

/**
 * Refuses what a time series must not have: dates out of order or twice, gaps, prices of zero or below.
 * @throws DataError that names the row and the column. Changes nothing.
 */
export function checkSeries(table: Table<Schema>, file: string, rules: SeriesRules = {}): void {
  const column = Object.keys(table.schema).find(name => table.schema[name] === 'date');
  if (column === undefined) throw new DataError(file, 'no column holds dates such as 2024-12-31');
  if (table.rows < 2) throw new DataError(file, `${table.rows} rows are no time series`);
  const dates = table.columns[column] as readonly string[];
  checkDates(dates, rules.maxGapDays, (problem, row) => new DataError(file, problem, table.rowNumber(row), column));
  for (const name of rules.positive ?? []) {
    const bad = (table.columns[name] as Float64Array).findIndex(value => value <= 0);
    if (bad >= 0)
      throw new DataError(file, `${String(table.columns[name]?.[bad])} must be above zero`, table.rowNumber(bad), name);
  }
}

function checkDates(
  dates: readonly string[],
  maxGapDays: number | undefined,
  fail: (problem: string, row: number) => DataError,
): void {
  const days = Float64Array.from(dates, dayNumber);
  const steps = days.subarray(1).map((day, index) => day - (days[index] ?? 0));
  const back = steps.findIndex(step => step <= 0);
  if (back >= 0) {
    const problem =
      `${dates[back + 1]} comes after ${dates[back]}; dates must ascend, each once` +
      ' (if these rows are no time series, say timeSeries: false)';
    throw fail(problem, back + 1);
  }
  const usual = steps.toSorted()[steps.length >> 1] ?? 1;
  const allowed = maxGapDays ?? Math.max(7, 2.5 * usual);
  const gap = steps.findIndex(step => step > allowed);
  if (gap >= 0) {
    const problem =
      `${(steps[gap] ?? 0).toFixed(0)} days lie between ${dates[gap]} and ${dates[gap + 1]}, where ${Number(usual.toPrecision(2))} is usual; ` +
      `fill the gap, or allow it with maxGapDays: ${Math.ceil(steps[gap] ?? 0)}`;
    throw fail(problem, gap + 1);
  }
}
