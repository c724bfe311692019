import {DataError} from '../table/data-error.js';
import {type Schema, Table} from '../table/table.js';

/** Grams in a troy ounce. */
const GRAMS_PER_OUNCE = 31.1034768;

export const GOLD_PLN_SCHEMA = {date: 'date', gold_pln_per_g: 'number'} as const satisfies Schema;
export const FX_SCHEMA = {date: 'date', usd_pln: 'number'} as const satisfies Schema;
export const GOLD_USD_SCHEMA = {date: 'date', price: 'number'} as const satisfies Schema;

/**
 * Daily gold in dollars from the two tables of Narodowy Bank Polski. The gold price that the bank publishes on a day is
 * the London price of the row before in its exchange-rate table, at that row's rate; so
 * `usd_oz(D-1) = gold_pln_per_g(D) * 31.1034768 / usd_pln(D-1)`, where D-1 is the row before D of the rates, and the price
 * is dated D-1. Without the lag prices are 0.4 to 0.8 % off and a day late. Rounded to cents, as gold is quoted.
 * @throws DataError when the rates have no row before a day of the gold table.
 */
export function goldInDollars(
  gold: Table<typeof GOLD_PLN_SCHEMA>,
  fx: Table<typeof FX_SCHEMA>,
): Table<typeof GOLD_USD_SCHEMA> {
  const rowOf = new Map(fx.columns.date.map((date, row) => [date, row]));
  const dates: string[] = [];
  const price = Float64Array.from(gold.columns.date, (date, row) => {
    const fxRow = rowOf.get(date);
    const before = fxRow === undefined ? undefined : fx.columns.date[fxRow - 1];
    if (fxRow === undefined || before === undefined) {
      throw new DataError('gold in dollars', `the exchange rates have no row before ${date}`, row + 2, 'date');
    }
    dates.push(before);
    const dollars =
      ((gold.columns.gold_pln_per_g[row] ?? NaN) * GRAMS_PER_OUNCE) / (fx.columns.usd_pln[fxRow - 1] ?? NaN);
    return Math.round(dollars * 100) / 100;
  });
  return new Table(GOLD_USD_SCHEMA, {date: dates, price});
}
