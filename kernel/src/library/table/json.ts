import {type ReadOptions, typedTable} from './columns.js';
import {DataError} from './data-error.js';
import type {Schema, Table} from './table.js';

/**
 * Reads an array of objects, or JSON Lines, into typed columns: one for every key that any of them has.
 * @throws DataError; row 2 is the first object, as in a CSV file with a header. Of JSON Lines, the line is named.
 */
export function parseJson<S extends Schema>(
  text: string,
  file: string,
  schema?: S,
  options: ReadOptions = {},
): Table<S> {
  const {objects, lines} = records(text.startsWith('\uFEFF') ? text.slice(1) : text, file);
  objects.forEach((row, index) => {
    if (typeof row === 'object' && row !== null && !Array.isArray(row)) return;
    throw new DataError(file, 'is no object', lines?.[index] ?? index + 2);
  });
  const rows = objects as readonly Readonly<Record<string, unknown>>[];
  const names = new Set(rows.flatMap(row => Object.keys(row)));
  if (names.size === 0) throw new DataError(file, 'there are no rows');
  const columns = new Map([...names].map(name => [name, {at: (row: number) => rows[row]?.[name]}]));
  const rowNumbers = lines === undefined ? {} : {rowNumbers: Uint32Array.from(lines)};
  return typedTable({columns, rows: rows.length, file, ...rowNumbers}, schema, options);
}

function records(text: string, file: string): {objects: readonly unknown[]; lines?: readonly number[]} {
  if (/^\s*\[/.test(text)) return {objects: parsed(text, file) as unknown[]};
  const [first = ''] = text.split('\n', 1);
  if (/^\s*\{\s*$/.test(first)) {
    throw new DataError(
      file,
      'the file holds one object; wanted: an array of objects, one for each row, or an object a line',
    );
  }
  const lines: number[] = [];
  const objects = text.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return [];
    lines.push(index + 1);
    return [parsed(line, file, index + 1)];
  });
  return {objects, lines};
}

function parsed(text: string, file: string, line?: number): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const problem = `${(error as Error).message}; wanted: an array of objects, or an object a line`;
    throw new DataError(file, problem, line);
  }
}
