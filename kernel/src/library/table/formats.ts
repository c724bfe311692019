import type {DateOrder} from './dates.js';

/** How a file writes what is no ISO 8601 and no JSON. */
export interface Formats {
  /** Between a number's units and its tenths; found from a CSV file's values when its delimiter is no comma. */
  readonly decimal?: '.' | ',';
  /** Between thousands, e.g. "," in 1,234.5. */
  readonly thousands?: string;
  /** Which comes first in 03/04/2024; found from the values where they tell. */
  readonly dates?: DateOrder;
}

const PLAIN = /^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/;
const WITH_COMMA = /^[-+]?\d+(\.\d{3})*,\d+$/;

/** A function that reads one number, and gives undefined for what is none or is infinite. */
export function numberReader({decimal = '.', thousands = ''}: Formats): (value: unknown) => number | undefined {
  const finite = (number: number) => (Number.isFinite(number) ? number : undefined);
  const plain = (text: string) => (PLAIN.test(text) ? finite(Number(text)) : undefined);
  const isPlain = decimal === '.' && thousands === '';
  const text = isPlain ? plain : (written: string) => plain(normal(written, decimal, thousands));
  return value => {
    if (typeof value === 'string') return text(value);
    return typeof value === 'number' ? finite(value) : typeof value === 'bigint' ? Number(value) : undefined;
  };
}

function normal(written: string, decimal: string, thousands: string): string {
  const [whole = '', ...rest] = written.split(decimal);
  // Only between groups of three: 1,23 is no number where the comma marks thousands.
  const groups = thousands === '' ? [whole] : whole.split(thousands);
  if (groups.slice(1).some(group => !/^\d{3}$/.test(group))) return written;
  // A point that marks nothing here would be taken for the decimal one.
  return decimal !== '.' && groups.some(group => group.includes('.')) ? written : [groups.join(''), ...rest].join('.');
}

/** Whether more of the values have a decimal comma than a decimal point. */
export function hasDecimalComma(values: readonly string[]): boolean {
  let balance = 0;
  for (const value of values) {
    if (WITH_COMMA.test(value)) balance++;
    else if (value.includes('.') && PLAIN.test(value)) balance--;
  }
  return balance > 0;
}

/** How to read a text that is no number as it stands, when there is one way. */
export function numberHint(text: string): string {
  if (/^[-+]?\d{1,3}([., '\u00a0\u202f])\d{3}(\1\d{3})*([.,]\d+)?$/.test(text) || WITH_COMMA.test(text)) {
    const ways: Formats[] = [{decimal: ','}, {decimal: ',', thousands: '.'}, {thousands: ','}, {thousands: ' '}];
    const way = ways.find(each => numberReader(each)(text) !== undefined);
    if (way !== undefined) {
      const written = Object.entries(way).map(([name, value]) => `${name}: '${value}'`);
      return `; if it is ${numberReader(way)(text)}, say ${written.join(', ')}`;
    }
  }
  return '';
}
