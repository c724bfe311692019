import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
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
  ['dates out of order', '2024-01-03,1\n2024-01-02,2\n', 'row 3, column "date": 2024-01-02 comes after 2024-01-03'],
  ['a date twice', '2024-01-02,1\n2024-01-02,2\n', 'row 3, column "date": 2024-01-02 comes after 2024-01-02'],
  ['a gap', '2024-01-02,1\n2024-01-03,2\n2024-01-04,2\n2024-02-02,2\n', 'row 5, column "date": 29 days are missing'],
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
