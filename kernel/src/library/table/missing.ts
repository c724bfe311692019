/**
 * What becomes of a row in which a number, a date or a truth value is missing:
 * - `refuse`: the file is not opened, and the first such place is named (what happens when nothing is said);
 * - `drop`: the row is left out;
 * - `previous`: the value of the row before stands in;
 * - `keep`: a missing number is NaN; a date or a truth value cannot be kept missing.
 */
export type Missing = 'refuse' | 'drop' | 'previous' | 'keep';

/** What files write where a value is missing. */
const TEXTS: ReadonlySet<unknown> = new Set([
  '',
  'NA',
  'N/A',
  'n/a',
  'n.a.',
  '#N/A',
  'NaN',
  'nan',
  'NULL',
  'null',
  'None',
  'none',
  '-',
  '.',
  '?',
]);

export function isMissing(value: unknown): boolean {
  return value === undefined || value === null || TEXTS.has(value) || Number.isNaN(value);
}

/** What an error says of a missing value. */
export function missingText(value: unknown): string {
  const written = typeof value === 'string' && value !== '' ? ` ("${value}")` : '';
  return `the value is missing${written}; say what to do with such rows: missing: 'drop', 'previous' or 'keep' (as NaN)`;
}
