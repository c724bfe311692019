import type {JsonTensor} from '../contract/golden.js';
import {compareTensor, goldenTensors, replayGolden, toleranceOfGpus} from './golden.js';
import {fromJsonTensor, toJsonTensor} from '../tensor/json-tensor.js';
import type {HostTensor} from '../tensor/tensor.js';

const tolerance = {absolute: 1e-3, relative: 1e-3};
const json: JsonTensor = {dtype: 'float32', shape: [2], values: [1, 1000]};
const wanted = fromJsonTensor(json);
const got = (...values: number[]): HostTensor => ({dtype: 'float32', shape: [2], data: Float32Array.from(values)});

test('values within the tolerance pass and the largest difference is told', () => {
  const {mismatch, difference} = compareTensor(wanted, got(1, 1000.5), tolerance);
  expect(mismatch).toBeNull();
  expect(difference).toBeCloseTo(0.5);
});

test.each([
  ['a value too far off', got(1.1, 1000), /value 0 is 1\.1/],
  ['NaN', got(1, NaN), /value 1 is NaN, the notebook had 1000/],
  ['infinity', got(Infinity, 1000), /value 0 is Infinity/],
  ['another shape', {dtype: 'float32', shape: [1, 2], data: Float32Array.of(1, 1000)} as const, /shape is \[1,2\]/],
  ['another dtype', {dtype: 'int32', shape: [2], data: Int32Array.of(1, 1000)} as const, /dtype is int32/],
  ['no such output', undefined, /did not give it/],
])('%s does not pass', (_name, tensor, text) => {
  expect(compareTensor(wanted, tensor, tolerance).mismatch).toMatch(text);
});

test('what a GPU rounds away is no other answer, and what it does not is one', () => {
  const narrow = toleranceOfGpus({absolute: 1e-5, relative: 1e-4});
  expect(compareTensor(wanted, got(1.002, 1003), narrow).mismatch).toBeNull();
  expect(compareTensor(wanted, got(1.1, 1000), narrow).mismatch).toMatch(/value 0 is 1\.1/);
  expect(toleranceOfGpus({absolute: 0.5, relative: 0.1})).toEqual({absolute: 0.5, relative: 0.1});
});

test.each<JsonTensor>([
  {dtype: 'int64', shape: [2], values: ['9007199254740993', '-5']},
  {dtype: 'uint64', shape: [1], values: ['18446744073709551615']},
  {dtype: 'string', shape: [2], values: [Buffer.from('gold').toString('base64'), '']},
  {dtype: 'bool', shape: [2], values: [true, false]},
  {dtype: 'half', shape: [2], values: [0x3c00, 0x7bff]},
  {dtype: 'complex64', shape: [1], values: [1, -1]},
  {dtype: 'float64', shape: [], values: [Math.PI]},
])('$dtype survives JSON and equals itself', json => {
  const tensor = fromJsonTensor(json);
  expect(toJsonTensor(tensor)).toEqual(json);
  expect(compareTensor(fromJsonTensor(json), tensor, {absolute: 0, relative: 0}).mismatch).toBeNull();
});

test('an int64 that differs in its last digit is told apart', () => {
  const json: JsonTensor = {dtype: 'int64', shape: [1], values: ['3']};
  const tensor = fromJsonTensor({...json, values: ['4']});
  expect(compareTensor(fromJsonTensor(json), tensor, {absolute: 0, relative: 0}).mismatch).toBe(
    'value 0 is 4, the notebook had 3.',
  );
});

test.each<[JsonTensor, RegExp]>([
  [{dtype: 'float32', shape: [3], values: [1]}, /3 values, not 1/],
  [{dtype: 'float33', shape: [1], values: [1]}, /"float33" is not/],
  [{dtype: 'float32', shape: [1], values: ['1']}, /number was expected/],
  [{dtype: 'int64', shape: [1], values: ['x']}, /whole number/],
])('a tensor that is not one is refused', (json, text) => {
  expect(() => fromJsonTensor(json)).toThrow(text);
});

test('every sample and output is replayed', async () => {
  const report = await replayGolden(
    {run: async () => ({y: got(1, 2), z: got(3, 4)})},
    goldenTensors({
      formatVersion: 1,
      tolerance,
      samples: [
        {signature: 's', inputs: {}, outputs: {y: {...json, values: [1, 2]}}},
        {signature: 's', inputs: {}, outputs: {y: {...json, values: [1, 2]}, z: {...json, values: [3, 5]}}},
      ],
    }),
  );
  expect(report).toMatchObject({samples: 2, largestDifference: 1});
  expect(report.mismatches).toEqual(['Golden sample 2, output "z": value 1 is 4, the notebook had 5.']);
});
