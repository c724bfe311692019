import {gzipSync} from 'node:zlib';
import {parquetWriteBuffer} from 'hyparquet-writer';
import {DataError} from './data-error.js';
import {parseParquet} from './parquet.js';

const bytes = new Uint8Array(
  parquetWriteBuffer({
    columnData: [
      {name: 'date', data: [new Date('2024-01-02T00:00:00Z'), new Date('2024-01-03T00:00:00Z')], type: 'TIMESTAMP'},
      {name: 'price', data: [2640.69, 2651.5], type: 'DOUBLE'},
      {name: 'volume', data: [10n, 2n ** 40n], type: 'INT64'},
      {name: 'shop', data: ['a', 'b'], type: 'STRING'},
    ],
  }),
);

test('columns keep their values and types', async () => {
  const table = await parseParquet(bytes, 'x.parquet');
  expect(table.schema).toEqual({date: 'date', price: 'number', volume: 'number', shop: 'text'});
  expect(table.columns.date).toEqual(['2024-01-02', '2024-01-03']);
  expect(Array.from(table.columns.volume as Float64Array)).toEqual([10, 2 ** 40]);
  expect(Array.from(table.columns.price as Float64Array)).toEqual([2640.69, 2651.5]);
});

test('only the columns of the schema are read, and a missing one is named', async () => {
  expect(Object.keys((await parseParquet(bytes, 'x.parquet', {price: 'number'})).columns)).toEqual(['price']);
  await expect(parseParquet(bytes, 'x.parquet', {cost: 'number'})).rejects.toThrow(DataError);
});

test('a file that is cut short is refused by its name', async () => {
  await expect(parseParquet(bytes.subarray(0, 60), 'x.parquet')).rejects.toThrow(
    /^x\.parquet: could not be read as Parquet/,
  );
});

test('compressed columns, hours and missing values are read', async () => {
  const hours = [new Date('2024-01-02T05:00:00Z'), new Date('2024-01-02T06:00:00Z'), new Date('2024-01-02T07:00:00Z')];
  const zipped = new Uint8Array(
    parquetWriteBuffer({
      columnData: [
        {name: 'at', data: hours, type: 'TIMESTAMP'},
        {name: 'load', data: [1.5, null, 2.5], type: 'DOUBLE'},
      ],
      codec: 'GZIP',
      compressors: {GZIP: bytes => new Uint8Array(gzipSync(bytes))},
    }),
  );
  await expect(parseParquet(zipped, 'x.parquet')).rejects.toThrow(
    'x.parquet, row 3, column "load": the value is missing',
  );
  expect((await parseParquet(zipped, 'x.parquet', undefined, {missing: 'drop'})).columns).toEqual({
    at: ['2024-01-02T05:00:00Z', '2024-01-02T07:00:00Z'],
    load: Float64Array.of(1.5, 2.5),
  });
});
