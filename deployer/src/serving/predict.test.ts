import type {GoldenSample, ModelContract} from '@ingot/tensorflow/contract';
import {judgeLoading} from './loading.js';
import {newestAvailable, parseModels, parseStatus} from './client.js';
import {endpointOf, judgeAnswer, predictBody} from './predict.js';

const tolerance = {absolute: 1e-5, relative: 1e-5};
const sample: GoldenSample = {
  signature: 'serving_default',
  inputs: {
    big: {dtype: 'int64', shape: [1, 2], values: ['9007199254740993', '-1']},
    name: {dtype: 'string', shape: [1], values: ['AAE=']},
    flag: {dtype: 'bool', shape: [], values: [true]},
    none: {dtype: 'float32', shape: [0, 3], values: []},
  },
  outputs: {y: {dtype: 'float32', shape: [2, 1], values: [1.5, 2]}},
};

test('a golden sample is asked with all digits of its integers, and bytes as base64', () => {
  expect(predictBody(sample)).toBe(
    '{"signature_name":"serving_default","inputs":{"big":[[9007199254740993,-1]],"name":[{"b64":"AAE="}],"flag":true,"none":[]}}',
  );
});

test('an answer is right by name and, of a single output, bare', () => {
  expect(judgeAnswer(sample, '{"outputs": [[1.5], [2.0]]}', tolerance)).toBeNull();
  expect(judgeAnswer(sample, '{"outputs": {"y": [[1.5], [2.0]], "z": 1}}', tolerance)).toBeNull();
});

test('bytes in an answer are compared, encoded or plain', () => {
  const text: GoldenSample = {
    ...sample,
    outputs: {label: {dtype: 'string', shape: [1], values: [Buffer.from('gold').toString('base64')]}},
  };
  expect(judgeAnswer(text, '{"outputs": ["gold"]}', tolerance)).toBeNull();
  expect(
    judgeAnswer(text, `{"outputs": [{"b64": "${Buffer.from('gold').toString('base64')}"}]}`, tolerance),
  ).toBeNull();
  expect(judgeAnswer(text, '{"outputs": ["silver"]}', tolerance)).toMatch(/"silver", the notebook had "gold"/);
});

test.each([
  ['{"outputs": [[1.5], [3]]}', /value 1 is 3, the notebook had 2/],
  ['{"outputs": [1.5, 2]}', /shape is \[2\], the notebook had \[2,1\]/],
  ['{"outputs": [[1.5], ["x"]]}', /did not give it/],
  ['{"outputs": [[1.5], [NaN]]}', /not JSON/],
  ['{"error": "x"}', /did not give it/],
])('%s is a wrong answer', (body, reason) => {
  expect(judgeAnswer(sample, body, tolerance)).toMatch(reason);
});

test('the command to copy survives quotes in the example', () => {
  const contract = {name: 'tags', inputs: [{name: 't'}], example: {t: "it's"}} as unknown as ModelContract;
  expect(endpointOf('http://localhost:8501', 'tags', contract)).toEqual({
    url: 'http://localhost:8501/v1/models/tags:predict',
    curl: `curl -X POST http://localhost:8501/v1/models/tags:predict -H 'Content-Type: application/json' -d '{"instances":["it'\\''s"]}'`,
  });
});

const status = (version: number, state: string, errorCode = 'OK', errorMessage = '') => ({
  version,
  state,
  errorCode,
  errorMessage,
});
test.each([
  ['not listed yet', [status(1, 'AVAILABLE')], {outcome: 'wait', state: 'not listed'}],
  ['loading', [status(2, 'LOADING')], {outcome: 'wait', state: 'LOADING'}],
  ['there', [status(2, 'AVAILABLE')], {outcome: 'available'}],
  ['broken', [status(2, 'END', 'DATA_LOSS', 'bad crc')], {outcome: 'failed', message: 'bad crc'}],
  ['overtaken', [status(3, 'AVAILABLE'), status(2, 'END')], {outcome: 'superseded', by: 3}],
  ['overtaken before it was listed', [status(3, 'AVAILABLE')], {outcome: 'superseded', by: 3}],
])('a version that is %s', (_name, versions, outcome) => {
  expect(judgeLoading(versions, 2)).toEqual(outcome);
});

test('a status answer of the server is read, and another answer is not taken for one', () => {
  const text =
    '{"model_version_status": [{"version": "3", "state": "AVAILABLE", "status": {"error_code": "OK", "error_message": ""}}]}';
  expect(parseStatus(text)).toEqual([status(3, 'AVAILABLE')]);
  expect(newestAvailable(parseStatus(text))).toBe(3);
  expect(newestAvailable([status(3, 'LOADING')])).toBeNull();
  expect(() => parseStatus('<html>')).toThrow(/not JSON/);
  expect(() => parseStatus('{}')).toThrow(/model_version_status/);
});

test('what is live and pinned is read from the list of models; nothing is live in place of a pinned version', () => {
  const versions = [3, 1].map(version => ({version: String(version), state: 'AVAILABLE', status: {}}));
  const read = (more: object) =>
    parseModels(JSON.stringify({models: [{name: 'gold', model_version_status: versions, ...more}]})).get('gold');
  expect(read({live_version: '1', pinned_version: '1'})).toMatchObject({live: 1, pinned: 1});
  expect(read({live_version: '3'})).toMatchObject({live: 3, pinned: null});
  expect(read({})).toMatchObject({live: 3, pinned: null});
  expect(read({pinned_version: '2'})).toMatchObject({live: null, pinned: 2});
  expect(() => parseModels('{}')).toThrow(/no "models"/);
});
