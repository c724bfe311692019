import {inspect} from 'node:util';
import {htmlTable, textTable} from '../library/display/html.js';
import type {MimeBundle} from './seam.js';

const MAX_ROWS = 20;
const MAX_COLUMNS = 20;
const MAX_CELL_CHARS = 80;

type Row = Readonly<Record<string, unknown>>;

/** An array of plain objects as a table. */
export function recordsBundle(value: object): MimeBundle | undefined {
  if (!Array.isArray(value) || value.length === 0 || !value.every(isPlainObject)) {
    return undefined;
  }
  const columns = [...new Set(value.slice(0, 1000).flatMap(row => Object.keys(row)))];
  return columns.length === 0 ? undefined : tableBundle(columns, value.slice(0, MAX_ROWS), value.length);
}

interface ArrowTable {
  readonly numRows: number;
  readonly schema: {readonly fields: readonly {readonly name: string}[]};
  get(row: number): {toJSON(): Row} | null;
}

interface ArqueroTable {
  numRows(): number;
  columnNames(): string[];
  objects(options: {limit: number}): Row[];
}

/** A table of Apache Arrow or of Arquero, known by what it can do. */
export function arrowBundle(value: object): MimeBundle | undefined {
  if ('objects' in value && 'columnNames' in value && typeof value.columnNames === 'function') {
    const table = value as ArqueroTable;
    return tableBundle(table.columnNames(), table.objects({limit: MAX_ROWS}), table.numRows());
  }
  if ('numRows' in value && 'schema' in value && 'get' in value && typeof value.numRows === 'number') {
    const table = value as ArrowTable;
    const rows = Array.from({length: Math.min(MAX_ROWS, table.numRows)}, (_, row) => table.get(row)?.toJSON() ?? {});
    return tableBundle(
      table.schema.fields.map(field => field.name),
      rows,
      table.numRows,
    );
  }
  return undefined;
}

function tableBundle(columns: readonly string[], rows: readonly Row[], total: number): MimeBundle {
  const shown = columns.slice(0, MAX_COLUMNS);
  const cells = rows.map(row => shown.map(column => cellText(row[column])));
  const size = `${total} ${total === 1 ? 'row' : 'rows'} × ${columns.length} ${columns.length === 1 ? 'column' : 'columns'}`;
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
  const text = typeof value === 'string' ? value : inspect(value, {depth: 1, breakLength: Infinity});
  return text.length > MAX_CELL_CHARS ? `${text.slice(0, MAX_CELL_CHARS - 1)}…` : text;
}

function isPlainObject(value: unknown): value is Row {
  if (typeof value !== 'object' || value === null) {
    return false;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}
