import {parseCsv} from './csv.js';
import {DataError} from './data-error.js';

const PRICES = {date: 'date', price: 'number'} as const;

test('columns get the types of their values', () => {
  const table = parseCsv(
    '\uFEFFdate, price ,shop,open\n2024-01-02,1.5,"a, b",true\n2024-01-03,-2e3,c,false\n',
    'x.csv',
  );
  expect(table.schema).toEqual({date: 'date', price: 'number', shop: 'text', open: 'boolean'});
  expect(table.columns).toEqual({
    date: ['2024-01-02', '2024-01-03'],
    price: Float64Array.of(1.5, -2000),
    shop: ['a, b', 'c'],
    open: [true, false],
  });
});

test.each([
  [
    'text among numbers',
    'date,price\n2024-01-02,1\n2024-01-03,n/a\n2024-01-04,3\n',
    3,
    'price',
    '"n/a" is not a number',
  ],
  ['a missing value', 'date,price\n2024-01-02,1\n2024-01-03,\n', 3, 'price', 'missing'],
  ['a day that no calendar has', 'date,price\n2024-02-30,1\n', 2, 'date', 'not a date'],
  [
    'a number in words of another language',
    'date,price\n2024-01-02,"1.234,5"\n',
    2,
    'price',
    '"1.234,5" is not a number',
  ],
  ['infinity', 'date,price\n2024-01-02,1e999\n', 2, 'price', 'not a number'],
  ['a missing column', 'date,cost\n2024-01-02,1\n', 1, 'price', 'missing'],
  ['a row too long', 'date,price\n2024-01-02,1\n2024-01-03,2,3\n', 3, undefined, 'Invalid Record Length'],
  ['a column twice', 'date,price,price\n2024-01-02,1,2\n', 1, 'price', 'two columns'],
  ['blank lines before a wrong row', 'date,price\n\n\n2024-01-02,x\n', 4, 'price', '"x" is not a number'],
])('%s is refused with its row and column', (_, text, row, column, problem) => {
  let error: unknown;
  try {
    parseCsv(text, 'prices.csv', PRICES);
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(DataError);
  expect(error).toMatchObject({row, column, message: expect.stringMatching(/^prices\.csv, row/) as unknown});
  expect((error as Error).message).toContain(problem);
});

test('an empty file is refused', () => {
  expect(() => parseCsv('', 'x.csv')).toThrow('x.csv: the file is empty');
});

test('a stray text in a column of numbers is reported when no schema is given', () => {
  expect(() => parseCsv('a\n1\n2\nthree\n', 'x.csv')).toThrow('x.csv, row 4, column "a": "three" is not a number');
});
