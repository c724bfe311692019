import {parseCsv} from '../../table/csv.js';
import type {CatalogueEntry} from '../catalogue-entry.js';
import {checkSeries} from '../check-series.js';
import {FX_SCHEMA, GOLD_PLN_SCHEMA, type GOLD_USD_SCHEMA, goldInDollars} from '../gold-daily.js';
import {downloadNbp, type NbpTables, type Published} from '../nbp.js';
import {simulateGold} from '../simulate-gold.js';

const FILES = ['gold/nbp-gold-pln-daily.csv', 'covariates/nbp-fx-daily.csv'] as const;

const csv = (header: string, rows: readonly Published[]) =>
  `${[header, ...rows.map(({date, value}) => `${date},${value}`)].join('\n')}\n`;

function published([goldText = '', fxText = '']: readonly string[]): NbpTables {
  const gold = parseCsv(goldText, FILES[0], GOLD_PLN_SCHEMA).columns;
  const fx = parseCsv(fxText, FILES[1], FX_SCHEMA).columns;
  return {
    gold: gold.date.map((date, row) => ({date, value: gold.gold_pln_per_g[row] ?? NaN})),
    usd: fx.date.map((date, row) => ({date, value: fx.usd_pln[row] ?? NaN})),
  };
}

export const goldUsdDaily: CatalogueEntry<typeof GOLD_USD_SCHEMA> = {
  name: 'gold-usd-daily',
  title: 'Gold price, daily',
  source: 'Narodowy Bank Polski (NBP, api.nbp.pl), converted to USD by Ingot',
  licence: 'free reuse with "Source: NBP" (ESCB policy on statistics)',
  units: {price: 'USD/oz'},
  step: 'trading day',
  notes: ['Converted from PLN per gram at the rate of the row before, which is the day the price belongs to.'],
  files: FILES,
  read([goldText = '', fxText = '']) {
    const gold = parseCsv(goldText, FILES[0], GOLD_PLN_SCHEMA);
    const fx = parseCsv(fxText, FILES[1], FX_SCHEMA);
    checkSeries(gold, FILES[0], {positive: ['gold_pln_per_g']});
    checkSeries(fx, FILES[1], {positive: ['usd_pln']});
    return goldInDollars(gold, fx);
  },
  async download({today, ...context}, known) {
    const {gold, usd} = await downloadNbp(today, known === undefined ? {gold: [], usd: []} : published(known), context);
    return [csv('date,gold_pln_per_g', gold), csv('date,usd_pln', usd)];
  },
  simulate: simulateGold,
};
