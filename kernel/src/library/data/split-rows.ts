import {seededRandom} from './random.js';
import type {PeriodName} from './period.js';

/** The rows of each part, from 0, ascending. */
export type RowSplit = Readonly<Record<PeriodName, Uint32Array>>;

/** A share of the rows, e.g. 0.15 of them, drawn by a seed: the same rows in every run. */
export interface ShareSplit {
  readonly validation: number;
  readonly test: number;
  readonly seed?: number;
}

/** The first date of the part; the rows before `validation` are for training. */
export interface DateSplit {
  readonly validation: string;
  readonly test: string;
}

/**
 * Deals rows out at random.
 * @param groups each is dealt out by itself, so that every part has its share of each: the rows of one label, say.
 * @throws RangeError for shares that leave nothing to train on, and when a part would get no row.
 */
export function splitByShare(
  groups: readonly (readonly number[])[],
  {validation, test, seed = 1}: ShareSplit,
): RowSplit {
  if (!(validation >= 0 && test >= 0 && validation + test < 1)) {
    throw new RangeError(`The shares validation: ${validation} and test: ${test} must be from 0 and below 1 together.`);
  }
  const random = seededRandom(seed);
  const dealt = {train: [] as number[], validation: [] as number[], test: [] as number[]};
  for (const group of groups) {
    const shuffled = [...group];
    for (let last = shuffled.length - 1; last > 0; last--) {
      const other = Math.floor(random() * (last + 1));
      [shuffled[last], shuffled[other]] = [shuffled[other] as number, shuffled[last] as number];
    }
    const tested = Math.round(test * shuffled.length);
    const validated = tested + Math.round(validation * shuffled.length);
    dealt.test.push(...shuffled.slice(0, tested));
    dealt.validation.push(...shuffled.slice(tested, validated));
    dealt.train.push(...shuffled.slice(validated));
  }
  const part = (name: PeriodName, share: number) => {
    if (share > 0 && dealt[name].length === 0) throw new RangeError(`There are too few rows for a ${name} part.`);
    return Uint32Array.from(dealt[name]).sort();
  };
  return {train: part('train', 1), validation: part('validation', validation), test: part('test', test)};
}

/**
 * Cuts by date, never shuffling: nothing of a later part is seen by an earlier one.
 * @param dates one for each row, in any order.
 * @throws RangeError when the dates are out of order or a part would get no row.
 */
export function splitByDate(dates: readonly string[], {validation, test}: DateSplit): RowSplit {
  if (validation >= test) throw new RangeError(`validation (${validation}) must lie before test (${test}).`);
  const parts = {
    train: (date: string) => date < validation,
    validation: (date: string) => date >= validation && date < test,
    test: (date: string) => date >= test,
  };
  const rows = Uint32Array.from(dates, (_, row) => row);
  const part = (name: PeriodName) => {
    const chosen = rows.filter(row => parts[name](dates[row] ?? ''));
    if (chosen.length === 0)
      throw new RangeError(`No row lies in the ${name} part (validation ${validation}, test ${test}).`);
    return chosen;
  };
  return {train: part('train'), validation: part('validation'), test: part('test')};
}
