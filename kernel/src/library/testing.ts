import {simulateGold} from './data/simulate-gold.js';
import {Dataset} from './data/dataset.js';

/** The simulated gold price, for tests: the last `rows` days. */
export function simulatedGold(rows = 700): Dataset<{date: 'date'; price: 'number'}> {
  return new Dataset(simulateGold(7).slice(-rows), {
    name: 'gold-usd-daily',
    title: 'Gold price, daily',
    source: 'simulated',
    licence: 'CC0-1.0',
    simulated: true,
    units: {price: 'USD/oz'},
    step: 'trading day',
  });
}
