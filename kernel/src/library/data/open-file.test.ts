import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {gzipSync} from 'node:zlib';
import {dataset} from './index.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ingot-files-'));
});
afterAll(() => rm(folder, {recursive: true}));

async function file(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

test('the same table comes from CSV, JSON and JSON Lines', async () => {
  const csv = await dataset(await file('a.csv', 'date,price\n2024-01-02,1\n2024-01-03,2.5\n'));
  const json = await dataset(
    await file('a.json', '[{"date":"2024-01-02","price":1},{"date":"2024-01-03","price":2.5}]'),
  );
  const lines = await dataset(
    await file('a.jsonl', '{"date":"2024-01-02","price":1}\n{"date":"2024-01-03","price":2.5}\n'),
  );
  expect(json.columns).toEqual(csv.columns);
  expect(lines.columns).toEqual(csv.columns);
  expect(json.provenance.sha256).toBe(csv.provenance.sha256);
});

test.each([
  [
    'dates out of order',
    '2024-01-01,1\n2024-01-03,1\n2024-01-02,2\n',
    'row 4, column "date": 2024-01-02 comes after 2024-01-03',
  ],
  ['a date twice', '2024-01-02,1\n2024-01-02,2\n', 'row 3, column "date": 2024-01-02 comes after 2024-01-02'],
  [
    'a gap',
    '2024-01-02,1\n2024-01-03,2\n2024-01-04,2\n2024-02-02,2\n',
    'row 5, column "date": 29 days lie between 2024-01-04 and 2024-02-02, where 1 is usual',
  ],
  ['a price of zero', '2024-01-02,1\n2024-01-03,0\n', 'row 3, column "price": 0 must be above zero'],
])('a series with %s is refused with the row', async (_, rows, message) => {
  const path = await file('bad.csv', `date,price\n${rows}`);
  await expect(dataset(path, {positive: ['price']})).rejects.toThrow(`bad.csv, ${message}`);
});

test('a gap that the user knows of is let through', async () => {
  const path = await file('gap.csv', 'date,price\n2024-01-02,1\n2024-01-03,2\n2024-02-02,2\n');
  expect((await dataset(path, {maxGapDays: 30})).rows).toBe(3);
});

test('a file that is not there, and a name that is none, are told apart from data that is wrong', async () => {
  await expect(dataset(join(folder, 'none.csv'))).rejects.toThrow('there is no such file');
  await expect(dataset('gold-usd-hourly')).rejects.toThrow(/no data set has this name \(gold-usd-daily, /);
});

test('columns of numbers become features; a column of text cannot', async () => {
  const path = await file('shop.csv', 'date,price,amount,shop\n2024-01-02,1.5,10,a\n2024-01-03,2.5,20,b\n');
  const shop = await dataset(path);
  expect(shop.tensor('amount', 'price').arraySync()).toEqual([
    [10, 1.5],
    [20, 2.5],
  ]);
  expect(() => shop.tensor('shop')).toThrow('"shop" is not a column of numbers; those are price, amount.');
  expect(shop.series('price').dates).toEqual(['2024-01-02', '2024-01-03']);
});

test('a file from an exchange, newest first, is turned round and says so', async () => {
  const data = await dataset(await file('falling.csv', 'date,price\n2024-01-03,3\n2024-01-02,2\n2024-01-01,1\n'));
  expect(Array.from(data.columns['price'] as Float64Array)).toEqual([1, 2, 3]);
  expect(data.description.notes).toEqual(['The file has the newest row first; it was turned round.']);
});

test('rows that are no time series need no order, when the user says so', async () => {
  const path = await file('orders.csv', 'date,amount\n2024-01-03,3\n2023-01-02,2\n2024-01-03,1\n');
  await expect(dataset(path)).rejects.toThrow('if these rows are no time series, say timeSeries: false');
  expect((await dataset(path, {timeSeries: false})).rows).toBe(3);
});

test('hours are steps of a series', async () => {
  const rows = Array.from(
    {length: 30},
    (_, hour) => `${new Date(Date.UTC(2024, 2, 30, hour)).toISOString()},${hour}\n`,
  );
  const load = (await dataset(await file('load.csv', `at,load\n${rows.join('')}`))).series('load');
  expect(load.dates[0]).toBe('2024-03-30T00:00:00Z');
  const {train} = load.split({validation: '2024-03-30T20:00:00Z', test: '2024-03-31T00:00:00Z'});
  expect([train.from, train.to]).toEqual(['2024-03-30T00:00:00Z', '2024-03-30T20:00:00Z']);
});

test('a zipped file is unzipped, a file in another encoding is read when the user names it', async () => {
  const zipped = await file('a.csv.gz', '');
  await writeFile(zipped, gzipSync('a,b\n1,x\n'));
  expect((await dataset(zipped)).columns).toEqual({a: Float64Array.of(1), b: ['x']});
  const excel = await file('excel.csv', '');
  await writeFile(excel, Buffer.from('city;size\nK\u00f6ln;1\n', 'latin1'));
  await expect(dataset(excel)).rejects.toThrow('excel.csv, row 2: it has bytes that are no UTF-8');
  expect((await dataset(excel, {encoding: 'windows-1252'})).columns['city']).toEqual(['K\u00f6ln']);
});

test('JSON Lines that are none are refused with the line; keys that only some rows have are missing in the others', async () => {
  await expect(dataset(await file('a.jsonl', '{"a":1}\n\n{"a":\n'))).rejects.toThrow(/^a\.jsonl, row 3: /);
  await expect(dataset(await file('c.json', '{\n"a": 1\n}'))).rejects.toThrow('c.json: the file holds one object');
  const path = await file('b.json', '[{"a":1},{"a":2,"b":3}]');
  await expect(dataset(path)).rejects.toThrow('b.json, row 2, column "b": the value is missing');
  expect((await dataset(path, {missing: 'drop'})).columns['b']).toEqual(Float64Array.of(3));
});
