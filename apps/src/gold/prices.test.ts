import {LENGTH, madeUpPrices, readPrices} from './prices.js';

const sixty = Array.from({length: LENGTH}, (_, index) => 2_000 + index);

test.each([
  ['one a line', sixty.join('\n')],
  ['with spaces', sixty.join(' ')],
  ['a CSV with dates and a heading', `date,price\n${sixty.map(price => `2024-01-01,${price}`).join('\n')}`],
  ['more than needed: the newest count', [1, 2, 3, ...sixty].join('\n')],
  ['Windows line ends and blank lines', `${sixty.join('\r\n\r\n')}\r\n`],
])('prices are read as people paste them: %s', (_, text) => {
  expect(readPrices(text)).toEqual(sixty);
});

test.each([
  ['', '0 prices are too few'],
  [sixty.slice(1).join('\n'), '59 prices are too few'],
  [[...sixty.slice(0, 30), 'n/a', ...sixty.slice(30)].join('\n'), 'Line 31: "n/a" is no price'],
  [['-5', ...sixty].join('\n'), 'Line 1: "-5" is no price'],
])('what is no price is refused with its line', (text, message) => {
  expect(() => readPrices(text)).toThrow(message);
});

test('made-up prices are prices', () => {
  const prices = madeUpPrices();
  expect(readPrices(prices.join('\n'))).toEqual(prices);
});
