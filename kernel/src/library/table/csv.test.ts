import {seededRandom} from '../data/random.js';
import {type CsvOptions, parseCsv} from './csv.js';
import {DataError} from './data-error.js';
import type {Missing} from './missing.js';

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
    'date,price\n2024-01-02,1\n2024-01-03,high\n2024-01-04,3\n',
    3,
    'price',
    '"high" is not a number',
  ],
  ['a missing value', 'date,price\n2024-01-02,1\n2024-01-03,\n', 3, 'price', 'missing'],
  ['a day that no calendar has', 'date,price\n2024-02-30,1\n', 2, 'date', 'not a date'],
  [
    'a number in words of another language',
    'date,price\n2024-01-02,"1.234,5"\n',
    2,
    'price',
    "\"1.234,5\" is not a number; if it is 1234.5, say decimal: ',', thousands: '.'",
  ],
  ['infinity', 'date,price\n2024-01-02,1e999\n', 2, 'price', 'not a number'],
  ['a missing column', 'date,cost\n2024-01-02,1\n', 1, 'price', 'missing'],
  [
    'a row too long',
    'date,price\n2024-01-02,1\n2024-01-03,2,3\n',
    3,
    undefined,
    'it has 3 fields, but the header has 2 fields',
  ],
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

const parse = (text: string, options: CsvOptions = {}) => parseCsv(text, 'x.csv', undefined, options);

test.each<[string, string, CsvOptions]>([
  ['semicolons and decimal commas, as Excel writes them in most of Europe', 'a;b\r\n1,5;2,25\r\n-3;4,0\r\n', {}],
  ['tabs', 'a\tb\n1.5\t2.25\n-3\t4.0', {}],
  ['old line ends', 'a,b\r1.5,2.25\r-3,4\r', {}],
  ["Excel's own line about the delimiter", 'sep=;\na;b\n1.5;2.25\n-3;4\n', {}],
  ['lines before the header', 'Prices of a shop\n"downloaded, today"\na,b\n1.5,2.25\n-3,4\n', {headerRow: 3}],
  ['a delimiter at the end of every row', 'a,b,\n1.5,2.25,\n-3,4,\n', {}],
  ['spaces around', ' a , "b" \n 1.5 ,"2.25"\n\u00a0-3, 4 \n', {}],
  ['marks between thousands', 'a;b\n1.5;2.25\n-3;4\n', {thousands: ','}],
])('%s are understood', (_, text, options) => {
  expect(parse(text, options).columns).toEqual({a: Float64Array.of(1.5, -3), b: Float64Array.of(2.25, 4)});
});

test('a comma within a number is never guessed to mark thousands', () => {
  expect(parse('a;b\n"1,234.5";1\n', {thousands: ','}).columns['a']).toEqual(Float64Array.of(1234.5));
  expect(parse('a\n1.234.567,5\n', {decimal: ',', thousands: '.'}).columns['a']).toEqual(Float64Array.of(1234567.5));
  expect(parse('a,b\n"1,234.5",1\n').schema['a']).toBe('text');
  expect(parse('a;b\n1,23;1\n', {thousands: ',', decimal: '.'}).schema['a']).toBe('text');
});

test.each([
  ['days first, which only one value tells', ['03/04/2024', '31/12/2024'], ['2024-04-03', '2024-12-31']],
  ['months first', ['03/04/2024', '12/31/2024'], ['2024-03-04', '2024-12-31']],
  ['dots', ['3.4.2024', '31.12.2024'], ['2024-04-03', '2024-12-31']],
  ['slashes', ['2024/04/03', '2024/12/31'], ['2024-04-03', '2024-12-31']],
  ['months', ['2024-04', '2024-12'], ['2024-04', '2024-12']],
  ['midnights', ['2024-04-03 00:00:00', '2024-12-31 00:00:00'], ['2024-04-03', '2024-12-31']],
  ['times', ['2024-04-03 09:05', '2024-12-31'], ['2024-04-03T09:05:00', '2024-12-31T00:00:00']],
  [
    'times of a zone, told in UTC',
    ['2024-04-03T00:30:00+02:00', '2024-04-03T09:05:00.5Z'],
    ['2024-04-02T22:30:00.000Z', '2024-04-03T09:05:00.500Z'],
  ],
])('dates with %s become ISO 8601', (_, written, read) => {
  expect(parse(`day\n${written.join('\n')}\n`).columns['day']).toEqual(read);
});

test.each([
  ['dates that could be two', 'day\n03/04/2024\n', "say which comes first, dates: 'dmy' or 'mdy'"],
  ['dates of two kinds', 'day\n2024-04-03\n2024-04-04\n2024-05\n', 'row 4, column "day": "2024-05" is not a date'],
  ['a 29 February in a common year', 'day\n2024-02-29\n2024-03-01\n2023-02-29\n', 'row 4, column "day"'],
  ['a quote that is never closed', 'a,b\n1,2\n"3,4\n5,6\n', 'x.csv, row 3: a quote is opened and never closed'],
  ['text after a quote', 'a,b\n"1"2,3\n', 'x.csv, row 2: text follows a closing quote'],
])('%s are refused', (_, text, message) => {
  expect(() => parse(text)).toThrow(message);
});

test('a quoted field may hold delimiters, quotes and line ends, and later errors still name the right row', () => {
  const text = 'name,size\n"a ""b"", c\r\nd",1\nplain,2\nlast,x\nmore,3\nyet more,4\n';
  expect(() => parse(text)).toThrow('x.csv, row 5, column "size": "x" is not a number');
  expect(parse(text.replace('x', '9')).columns['name']?.[0]).toBe('a "b", c\r\nd');
});

const GAPS = 'day,price,shop\n2024-01-01,1,a\n2024-01-02,NA,\n2024-01-03,3,c\n2024-01-04,,d\n';
test.each<[Missing, number[], string]>([
  ['drop', [1, 3], '2 of 4 rows were left out, because a value is missing: 2 in "price"; the first in row 3.'],
  ['previous', [1, 1, 3, 3], 'Missing values were taken from the row before: 2 in "price"; the first in row 3.'],
  ['keep', [1, NaN, 3, NaN], 'Values are missing: 2 in "price"; the first in row 3.'],
])('missing values: %s', (missing, prices, note) => {
  const table = parse(GAPS, {missing});
  expect(Array.from(table.columns['price'] as Float64Array)).toEqual(prices);
  expect(table.notes).toEqual([note]);
});

test('missing values are refused until the user says what to do, and a text may be empty', () => {
  expect(() => parse(GAPS)).toThrow('row 3, column "price": the value is missing ("NA"); say what to do');
  expect(() => parse('day\n2024-01-01\n-\n', {missing: 'keep'})).toThrow('only numbers can be kept missing');
  expect(() => parse('a\n-\n1\n', {missing: 'previous'})).toThrow('there is no row before it');
});

// Drawn at random, so that quotes, delimiters and line ends meet in ways that nobody thought of.
test('what is written is read again', () => {
  const random = seededRandom(5);
  const pick = (texts: readonly string[]) => texts[Math.floor(random() * texts.length)] ?? '';
  for (let round = 0; round < 200; round++) {
    const rows = Array.from({length: 1 + Math.floor(random() * 5)}, () =>
      Array.from(
        {length: 2},
        () => `x${Array.from({length: 4}, () => pick([',', '"', '\n', '\r\n', ' ', 'é', 'b'])).join('')}y`,
      ),
    );
    const quote = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
    const end = pick(['\n', '\r\n']);
    const text = ['p,q', ...rows.map(row => row.map(quote).join(','))].join(end) + pick(['', end]);
    expect(parse(text).records()).toEqual(rows.map(([p, q]) => ({p, q})));
  }
});
