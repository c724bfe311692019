import {typedTable} from './columns.js';
import {DataError} from './data-error.js';
import type {Schema, Table} from './table.js';

/**
 * Reads an array of objects, or JSON Lines, into typed columns. The first object names the columns.
 * @throws DataError; row 2 is the first object, as in a CSV file with a header.
 */
export function parseJson<S extends Schema>(text: string, file: string, schema?: S): Table<S> {
  return tableOfRecords(records(text, file), file, schema);
}

/** Typed columns of objects with the same keys. */
export function tableOfRecords<S extends Schema>(rows: readonly unknown[], file: string, schema?: S): Table<S> {
  const objects = rows.map((row, index) => {
    if (typeof row !== 'object' || row === null || Array.isArray(row))
      throw new DataError(file, 'is no object', index + 2);
    return row as Record<string, unknown>;
  });
  const names = Object.keys(schema ?? objects[0] ?? {});
  if (names.length === 0) throw new DataError(file, 'there are no rows');
  const columns = Object.fromEntries(names.map(name => [name, objects.map(object => asText(object[name]))]));
  return typedTable({columns, file, rowNumbers: rows.map((_, index) => index + 2)}, schema);
}

function records(text: string, file: string): unknown[] {
  try {
    const whole: unknown = /^\s*\[/.test(text)
      ? JSON.parse(text)
      : text.split('\n').flatMap(line => (line.trim() === '' ? [] : [JSON.parse(line) as unknown]));
    return whole as unknown[];
  } catch (error) {
    throw new DataError(file, `${(error as Error).message}; wanted: an array of objects, or an object a line`);
  }
}

function asText(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (value instanceof Date) return value.toISOString().slice(0, 10);
  return typeof value === 'object' ? JSON.stringify(value) : String(value as string | number | boolean | bigint);
}
