import {type ColumnData, parquetMetadataAsync, parquetRead, parquetSchema} from 'hyparquet';
import {compressors} from 'hyparquet-compressors';
import {type RawColumn, type ReadOptions, typedTable} from './columns.js';
import {DataError} from './data-error.js';
import type {Schema, Table} from './table.js';

/**
 * Reads a Parquet file into typed columns: Snappy, gzip, Brotli, Zstandard and LZ4 as well as uncompressed.
 * @throws DataError when it is none, or has another type than the schema says.
 */
export async function parseParquet<S extends Schema>(
  bytes: Uint8Array,
  file: string,
  schema?: S,
  options: ReadOptions = {},
): Promise<Table<S>> {
  const own = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
  const chunks = new Map<string, ColumnData[]>();
  let rows: number;
  try {
    const metadata = await parquetMetadataAsync(own);
    rows = Number(metadata.num_rows);
    const there = parquetSchema(metadata).children.map(({element}) => element.name);
    for (const name of there) chunks.set(name, []);
    await parquetRead({
      file: own,
      metadata,
      compressors,
      ...(schema === undefined ? {} : {columns: Object.keys(schema).filter(name => there.includes(name))}),
      onChunk: chunk => void chunks.get(chunk.columnName)?.push(chunk),
    });
  } catch (error) {
    throw new DataError(file, `could not be read as Parquet: ${(error as Error).message}`);
  }
  const columns = new Map([...chunks].map(([name, parts]) => [name, columnOf(parts, rows)]));
  return typedTable({columns, rows, file}, schema, options);
}

/** The column's pages put together. */
function columnOf(chunks: readonly ColumnData[], rows: number): RawColumn {
  const values = new Array<unknown>(rows);
  for (const {columnData, rowStart} of chunks) {
    for (let row = 0; row < columnData.length; row++) values[rowStart + row] = columnData[row];
  }
  return {at: row => values[row]};
}
