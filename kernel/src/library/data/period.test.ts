import fc from 'fast-check';
import {tf} from '@ingot/tensorflow';
import {simulatedGold} from '../testing.js';

const series = simulatedGold(400).series('price');
const day = (index: number) => series.dates[index] ?? '';

test('no window of a period has a target of another one, and inputs end where targets begin', () => {
  fc.assert(
    fc.property(
      fc.integer({min: 60, max: 200}),
      fc.integer({min: 30, max: 150}),
      fc.integer({min: 2, max: 40}),
      fc.integer({min: 1, max: 10}),
      (validationAt, testAfter, length, horizon) => {
        const periods = series.split({validation: day(validationAt), test: day(validationAt + testAfter)});
        const used = new Map<string, number[]>();
        for (const period of Object.values(periods)) {
          const {inputs, targets, origins} = period.windows({length, horizon});
          const [known, future] = [inputs.arraySync(), targets.arraySync()];
          origins.forEach((origin, row) => {
            const at = series.indexOf(origin);
            expect(known[row]).toEqual([...Float32Array.from(series.values.subarray(at + 1 - length, at + 1))]);
            expect(future[row]).toEqual([...Float32Array.from(series.values.subarray(at + 1, at + 1 + horizon))]);
            used.set(period.name, [...(used.get(period.name) ?? []), at + 1, at + horizon]);
          });
          tf.dispose([inputs, targets]);
        }
        const range = (name: string) =>
          [Math.min(...(used.get(name) ?? [])), Math.max(...(used.get(name) ?? []))] as const;
        const [train, validation, test] = [range('train'), range('validation'), range('test')];
        expect(train[1]).toBe(validationAt);
        expect(validation).toEqual([validationAt + 1, validationAt + testAfter]);
        expect(test).toEqual([validationAt + testAfter + 1, series.length - 1]);
      },
    ),
    {numRuns: 20},
  );
});

test('a split outside the series, or in the wrong order, is refused with the dates', () => {
  expect(() => series.split({validation: '1999-01-01', test: day(300)})).toThrow(
    /validation starts at 1999-01-01.*covers/,
  );
  expect(() => series.split({validation: day(300), test: day(100)})).toThrow('must lie before test');
});

test('a period too short for a window says so', () => {
  const {test: last} = series.split({validation: day(200), test: day(395)});
  expect(() => last.windows({length: 10, horizon: 7})).toThrow(/test period .* too short for a window of 10 \+ 7/);
});

test('the newest window ends at the newest value', () => {
  const recent = series.recent(5, 3);
  const rows = recent.arraySync();
  recent.dispose();
  const ending = (end: number) => [...Float32Array.from(series.values.subarray(end - 5, end))];
  expect(rows).toEqual([ending(series.length - 2), ending(series.length - 1), ending(series.length)]);
  expect(() => series.recent(400, 2)).toThrow('too few for 2 windows of 400');
});
