import {Table} from '../table/table.js';
import {seededNormal, seededRandom} from './random.js';

/**
 * A price path that looks like daily gold in dollars: GARCH(1,1) log returns with Student-t shocks (5 degrees of
 * freedom), 7 % drift and 16 % volatility a year. The same seed gives the same path.
 * Bollerslev, "Generalized autoregressive conditional heteroskedasticity", 1986.
 */
export function simulateGold(seed: number): Table<{date: 'date'; price: 'number'}> {
  const normal = seededNormal(seededRandom(seed));
  const dates = weekdays('2002-07-01', '2024-12-10');
  const [alpha, beta, freedom] = [0.06, 0.93, 5];
  const longRun = 0.16 ** 2 / 252;
  const drift = 0.07 / 252;
  let variance = longRun;
  let logPrice = Math.log(312);
  const price = Float64Array.from(dates, (_, day) => {
    if (day > 0) {
      const chiSquared = Array.from({length: freedom}, () => normal() ** 2).reduce((sum, value) => sum + value, 0);
      const shock =
        (Math.sqrt(variance) * normal() * Math.sqrt((freedom - 2) / freedom)) / Math.sqrt(chiSquared / freedom);
      logPrice += drift - longRun / 2 + shock;
      variance = longRun * (1 - alpha - beta) + alpha * shock ** 2 + beta * variance;
    }
    return Math.round(Math.exp(logPrice) * 100) / 100;
  });
  return new Table({date: 'date', price: 'number'}, {date: dates, price});
}

function weekdays(from: string, to: string): string[] {
  const days: string[] = [];
  for (const day = new Date(`${from}T00:00:00Z`); ; day.setUTCDate(day.getUTCDate() + 1)) {
    const date = day.toISOString().slice(0, 10);
    if (date > to) return days;
    if (day.getUTCDay() % 6 !== 0) days.push(date);
  }
}
