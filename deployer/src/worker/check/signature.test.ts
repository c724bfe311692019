import type {ModelContract} from '@ingot/tensorflow/contract';
import type {Dtype, TensorSpec} from '@ingot/tensorflow/session';
import {checkSignature} from './signature.js';

const spec = (shape: number[] | null, dtype: Dtype = 'float32'): TensorSpec => ({dtype, shape, tensorName: 't:0'});

const contract: ModelContract = {
  formatVersion: 1,
  name: 'gold',
  title: 'Gold',
  inputs: [{name: 'prices', kind: 'series', length: 60, unit: 'USD/oz'}],
  outputs: [{name: 'forecast', kind: 'forecast', horizon: 7, quantiles: [0.1, 0.5, 0.9], unit: 'USD/oz'}],
  example: {prices: []},
};

function check(
  inputs: Record<string, TensorSpec>,
  outputs: Record<string, TensorSpec>,
  change: Partial<ModelContract> = {},
): void {
  checkSignature({...contract, ...change}, {serving_default: {methodName: '', inputs, outputs}});
}

const prices = spec([-1, 60]);
const forecast = spec([-1, 7, 3]);

test('a graph that keeps the contract passes, also where its sizes are unknown', () => {
  check({prices}, {forecast});
  check({prices: spec([-1, 60, 1])}, {forecast: spec([-1, 21])});
  check({prices: spec(null)}, {forecast: spec([-1, 7, -1])});
  check({prices}, {forecast, extra: spec([-1])});
});

test.each<[string, () => void, RegExp]>([
  [
    'another length',
    () => check({prices: spec([-1, 59])}, {forecast}),
    /"prices" \(series\) has the shape \[\?, 59\].*does not fit \[60\]/,
  ],
  [
    'another horizon',
    () => check({prices}, {forecast: spec([-1, 5, 3])}),
    /"forecast" \(forecast\).*\[\?, 5, 3\].*\[7, 3\]/,
  ],
  ['another name', () => check({price: prices}, {forecast}), /names an input "prices"; the graph's are "price"/],
  ['an input that the contract leaves out', () => check({prices, rates: prices}, {forecast}), /wants an input "rates"/],
  [
    'a name twice',
    () => check({prices}, {forecast}, {inputs: [...contract.inputs, ...contract.inputs]}),
    /"prices" twice/,
  ],
  [
    'another dtype',
    () => check({prices}, {forecast}, {outputs: [{name: 'forecast', kind: 'tensor', dtype: 'int32', shape: [7, 3]}]}),
    /is float32 in the graph and int32 in the contract/,
  ],
  [
    'no serving signature',
    () => checkSignature(contract, {train: {methodName: '', inputs: {}, outputs: {}}}),
    /only "train"/,
  ],
])('%s is refused', (_name, run, reason) => {
  expect(run).toThrow(reason);
});
