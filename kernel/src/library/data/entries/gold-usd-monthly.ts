import {parseCsv} from '../../table/csv.js';
import {type Schema, Table} from '../../table/table.js';
import type {CatalogueEntry} from '../catalogue-entry.js';
import {checkSeries} from '../check-series.js';

const FILE = 'gold/gold-usd-monthly.csv';
const SOURCE = 'https://raw.githubusercontent.com/datasets/gold-prices/main/data/monthly.csv';
/** Before 1968 the price was pegged near 35 dollars; free trading in the United States began in 1975. */
const FIRST_FREE_MONTH = '1975-01';

const SCHEMA = {date: 'date', price: 'number'} as const satisfies Schema;

export const goldUsdMonthly: CatalogueEntry<typeof SCHEMA> = {
  name: 'gold-usd-monthly',
  title: 'Gold price, monthly average',
  source: 'World Bank Commodity Price Data (The Pink Sheet), packaged by datasets/gold-prices',
  licence: 'CC BY 4.0 (World Bank); the package: ODC-PDDL 1.0',
  units: {price: 'USD/oz'},
  step: 'month',
  notes: [
    'Monthly averages: a naive forecast loses 4 to 5 % at one month to any smoother for this reason alone.',
    `From ${FIRST_FREE_MONTH} on; the price was pegged before.`,
  ],
  files: [FILE],
  read([text = '']) {
    const raw = parseCsv(text.replace(/^Date,Price/, 'month,price'), FILE, {month: 'date', price: 'number'});
    const table = new Table(SCHEMA, {date: raw.columns.month, price: raw.columns.price});
    checkSeries(table, FILE, {positive: ['price']});
    return table.slice(table.columns.date.findIndex(month => month >= FIRST_FREE_MONTH));
  },
  async download({fetch, progress}) {
    progress('datasets/gold-prices', 0);
    const response = await fetch(SOURCE, {signal: AbortSignal.timeout(30_000)});
    if (!response.ok) throw new Error(`${SOURCE} answered HTTP ${response.status}`);
    return [(await response.text()).replace(/^Date,Price/, 'month,price')];
  },
};
