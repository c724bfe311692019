import {inspect} from 'node:util';
import {htmlTable, textTable} from '../library/display/html.js';
import type {MimeBundle} from './seam.js';

export const MAX_ROWS = 20;
const MAX_COLUMNS = 20;
const MAX_CELL_CHARS = 80;

export type Row = Readonly<Record<string, unknown>>;

/** An array of plain objects as a table. */
export function recordsBundle(value: object): MimeBundle | undefined {
  if (!Array.isArray(value) || value.length === 0 || !value.every(isPlainObject)) {
    return undefined;
  }
  const columns = [...new Set(value.slice(0, 1000).flatMap(row => Object.keys(row)))];
  return columns.length === 0 ? undefined : tableBundle(columns, value.slice(0, MAX_ROWS), value.length);
}

/** A table of `total` rows of which the first are given. */
export function tableBundle(columns: readonly string[], rows: readonly Row[], total: number): MimeBundle {
  const shown = columns.slice(0, MAX_COLUMNS);
  const cells = rows.map(row => shown.map(column => cellText(row[column])));
  const size = `${total.toLocaleString('en')} ${total === 1 ? 'row' : 'rows'} × ${columns.length} ${columns.length === 1 ? 'column' : 'columns'}`;
  return {
    'text/plain': `${textTable(shown, cells)}\n${size}`,
    'text/html': `${htmlTable(shown, cells)}<p>${size}</p>`,
  };
}

function cellText(value: unknown): string {
  if (value === undefined) {
    return '';
  }
  if (value instanceof Date) {
    return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString().replace('T00:00:00.000Z', '');
  }
  const isPlain = typeof value === 'string' || typeof value === 'bigint';
  const text = isPlain ? String(value) : inspect(value, {depth: 1, breakLength: Infinity});
  return text.length > MAX_CELL_CHARS ? `${text.slice(0, MAX_CELL_CHARS - 1)}…` : text;
}

function isPlainObject(value: unknown): value is Row {
  if (typeof value !== 'object' || value === null) {
    return false;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}
