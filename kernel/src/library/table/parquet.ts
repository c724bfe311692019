import {parquetReadObjects} from 'hyparquet';
import {DataError} from './data-error.js';
import {tableOfRecords} from './json.js';
import type {Schema, Table} from './table.js';

/**
 * Reads a Parquet file (uncompressed or Snappy) into typed columns; a timestamp becomes its UTC day.
 * @throws DataError when it is none, or has another type than the schema says.
 */
export async function parseParquet<S extends Schema>(bytes: Uint8Array, file: string, schema?: S): Promise<Table<S>> {
  const own = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
  let rows: Record<string, unknown>[];
  try {
    rows = await parquetReadObjects({file: own, ...(schema === undefined ? {} : {columns: Object.keys(schema)})});
  } catch (error) {
    throw new DataError(file, `could not be read as Parquet: ${(error as Error).message}`);
  }
  return tableOfRecords(rows, file, schema);
}
