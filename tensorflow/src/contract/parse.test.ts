import {parseContract, parseGolden} from './parse.js';

const contract = {
  formatVersion: 1,
  name: 'gold',
  title: 'Gold',
  inputs: [{name: 'prices', kind: 'series', length: 60, unit: 'USD/oz'}],
  outputs: [{name: 'forecast', kind: 'forecast', horizon: 7, quantiles: [0.1, 0.5, 0.9], unit: 'USD/oz'}],
  example: {prices: [1, 2, 3]},
};

test('a good contract is taken as text, bytes and object', () => {
  expect(parseContract(contract)).toEqual(contract);
  expect(parseContract(JSON.stringify(contract))).toEqual(contract);
  expect(parseContract(Buffer.from(JSON.stringify(contract)))).toEqual(contract);
});

test.each<[string, object, RegExp]>([
  ['a name that leads out of the volume', {name: '../gold'}, /\/name/],
  ['another format version', {formatVersion: 2}, /\/formatVersion: it must be 1/],
  [
    'an unknown kind',
    {inputs: [{name: 'x', kind: 'sound'}]},
    /\/inputs\/0\/kind: it must be one of "series", "image", "tensor"/,
  ],
  ['a rule of the kind that was given', {inputs: [{...contract.inputs[0], length: 0}]}, /\/inputs\/0\/length/],
  [
    'two inputs of one name',
    {inputs: [contract.inputs[0], contract.inputs[0]]},
    /"prices" is the name of \/inputs\/0 already/,
  ],
  [
    'quantiles out of order',
    {outputs: [{...contract.outputs[0], quantiles: [0.5, 0.1]}]},
    /must ascend, and are 0.5, 0.1/,
  ],
  ['an example without an input', {example: {}}, /\/example: it has no value for the input "prices"/],
])('%s is refused with the place', (_, change, message) => {
  expect(() => parseContract({...contract, ...change})).toThrow(message);
});

test('text that is no JSON is refused', () => {
  expect(() => parseContract('{"a":')).toThrow(/no JSON/);
});

test('golden values that do not fill their shape are refused', () => {
  const tensor = {dtype: 'float32', shape: [2, 3], values: [1, 2]};
  const golden = {
    formatVersion: 1,
    tolerance: {absolute: 0, relative: 0},
    samples: [{signature: 'serving_default', inputs: {x: tensor}, outputs: {}}],
  };
  expect(() => parseGolden(golden)).toThrow(/\/samples\/0\/inputs\/x: it has 2 values, but its shape \[2, 3\] holds 6/);
});
