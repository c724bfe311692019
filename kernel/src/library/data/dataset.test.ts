import {parseCsv} from '../table/csv.js';
import {Dataset} from './dataset.js';

const rows = Array.from({length: 40}, (_, row) => {
  const day = new Date(Date.UTC(2024, 0, 1 + row)).toISOString().slice(0, 10);
  return `${day},${row},${row % 4 === 0 ? 'rare' : 'often'}`;
});
const own = {name: 'x', title: 'x', source: 'a test', licence: 'CC0-1.0', simulated: false, units: {}};
const data = new Dataset(parseCsv(`day,size,kind\n${rows.join('\n')}\n`, 'x.csv'), own);
const sizes = (part: Dataset) => Array.from(part.columns['size'] as Float64Array);

test('rows are dealt out at random, each once, and the same ones in every run', () => {
  const {train, validation, test} = data.split({validation: 0.25, test: 0.25});
  expect([train.rows, validation.rows, test.rows]).toEqual([20, 10, 10]);
  expect([...sizes(train), ...sizes(validation), ...sizes(test)].sort((a, b) => a - b)).toEqual(sizes(data));
  expect(sizes(test)).not.toEqual(sizes(data).slice(-10));
  expect(sizes(data.split({validation: 0.25, test: 0.25}).test)).toEqual(sizes(test));
  expect(sizes(data.split({validation: 0.25, test: 0.25, seed: 2}).test)).not.toEqual(sizes(test));
});

test('a balanced split gives every part its share of each kind', () => {
  const parts = data.split({validation: 0.2, test: 0.2, balance: 'kind'});
  const rare = (part: Dataset) => (part.columns['kind'] as string[]).filter(kind => kind === 'rare').length;
  expect([rare(parts.train), rare(parts.validation), rare(parts.test)]).toEqual([6, 2, 2]);
});

test('rows split by date see nothing of what comes later', () => {
  const {train, validation, test} = data.split({validation: '2024-01-21', test: '2024-01-31'});
  expect([Math.max(...sizes(train)), Math.min(...sizes(validation)), Math.min(...sizes(test))]).toEqual([19, 20, 30]);
});

test('a split that leaves a part empty is refused', () => {
  expect(() => data.split({validation: 0.5, test: 0.5})).toThrow('below 1 together');
  expect(() => data.split({validation: 0.2, test: 0.001})).toThrow('too few rows for a test part');
  expect(() => data.split({validation: '2024-01-21', test: '2025-01-01'})).toThrow('No row lies in the test part');
});

test('texts become labels in an order that all parts share', () => {
  const kinds = data.categories('kind');
  expect(kinds).toEqual(['often', 'rare']);
  expect(data.oneHot('kind', kinds).slice([0, 0], [2, 2]).arraySync()).toEqual([
    [0, 1],
    [1, 0],
  ]);
  expect(() => data.oneHot('kind', ['often'])).toThrow('Row 2, "kind": "rare" is none of often.');
  expect(() => data.categories('size')).toThrow('"size" is not a column of texts; those are kind.');
});

test('a series has no gaps', () => {
  const gap = new Dataset(
    parseCsv('day,size\n2024-01-01,1\n2024-01-02,-\n', 'x.csv', undefined, {missing: 'keep'}),
    own,
  );
  expect(() => gap.series('size')).toThrow('"size" has no value on 2024-01-02');
});
