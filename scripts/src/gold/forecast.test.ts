import type {ModelContract} from '@ingot/tensorflow/contract';
import {formatForecast, readForecast} from './forecast.js';

const contract: ModelContract = {
  formatVersion: 1,
  name: 'gold',
  title: 'Gold',
  inputs: [{kind: 'series', name: 'prices', length: 3, unit: 'USD/oz'}],
  outputs: [{kind: 'forecast', name: 'forecast', horizon: 2, quantiles: [0.1, 0.5, 0.9], unit: 'USD/oz'}],
  example: {prices: [10, 11, 12]},
};

test('the naive forecast is the last price of the example', () => {
  const rows = readForecast(contract, {
    predictions: [
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
    ],
  });
  expect(rows).toEqual([
    {step: 1, naive: 12, quantiles: [1, 2, 3]},
    {step: 2, naive: 12, quantiles: [4, 5, 6]},
  ]);
  expect(formatForecast(contract, rows)).toContain('10 %');
});

test.each([
  [{predictions: [[[1, 2, 3]]]}, '1 steps; the contract says 2'],
  [
    {
      predictions: [
        [
          [1, 2, 3],
          [1, 2],
        ],
      ],
    },
    'Step 2 of the answer is [1,2]; wanted 3 numbers',
  ],
  [
    {
      predictions: [
        [
          [1, 2, 3],
          [1, null, 3],
        ],
      ],
    },
    'Step 2',
  ],
  [{error: 'no such model'}, 'no steps'],
])('an answer that is not what the contract promises is refused: %j', (answer, text) => {
  expect(() => readForecast(contract, answer)).toThrow(text);
});
