import type {MimeBundle} from './seam.js';
import {MAX_ROWS, type Row, tableBundle} from './table.js';

interface ArrowTable {
  readonly numRows: number;
  readonly schema: {readonly fields: readonly {readonly name: string; readonly type: {toString(): string}}[]};
  get(row: number): {toJSON(): Row} | null;
}

/** A table of Apache Arrow, known by what it can do. */
export function arrowBundle(value: object): MimeBundle | undefined {
  if (!('numRows' in value && 'schema' in value && 'get' in value && typeof value.numRows === 'number')) {
    return undefined;
  }
  const table = value as ArrowTable;
  const {fields} = table.schema;
  // Arrow gives times as milliseconds since 1970.
  const times = fields.filter(({type}) => /^(Timestamp|Date)/.test(String(type))).map(({name}) => name);
  const rows = Array.from({length: Math.min(MAX_ROWS, table.numRows)}, (_, index) => {
    const row = {...table.get(index)?.toJSON()};
    for (const name of times) {
      row[name] = typeof row[name] === 'number' ? new Date(row[name]) : row[name];
    }
    return row;
  });
  return tableBundle(
    fields.map(({name}) => name),
    rows,
    table.numRows,
  );
}

interface ArqueroTable {
  numRows(): number;
  columnNames(): string[];
  objects(options: {limit: number}): Row[];
}

/** A table of Arquero. */
export function arqueroBundle(value: object): MimeBundle | undefined {
  if (!('objects' in value && 'columnNames' in value && typeof value.columnNames === 'function')) {
    return undefined;
  }
  const table = value as ArqueroTable;
  return tableBundle(table.columnNames(), table.objects({limit: MAX_ROWS}), table.numRows());
}
