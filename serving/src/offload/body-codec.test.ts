import {createHash} from 'node:crypto';
import type {Dtype, HostTensor, SignatureSpec} from '@ingot/tensorflow/session';
import {parseExamplesRequest, serializeExamples} from '../codec/json/bodies/examples.js';
import {parsePredictRequest} from '../codec/json/bodies/predict-request.js';
import {writePredictResponse} from '../codec/json/bodies/predict-response.js';
import {parseV2Request, writeV2Response} from '../codec/json/bodies/v2-body.js';
import {resolveSignature} from '../inference/signature.js';
import {StatusError} from '../status/status.js';
import {BodyCodec} from './body-codec.js';
import {WorkerPool} from './pool.js';

const pool = new WorkerPool(2);
const codec = new BodyCodec(pool);
afterAll(() => pool.close());

const LARGE = 1_200_000;
/** As many copies of `text` as make a body large. */
const many = (text: string): string => new Array(Math.ceil(LARGE / text.length)).fill(text).join(',');
/** Comparing the values one by one would take longer than all the rest. */
const digest = (tensors: Readonly<Record<string, HostTensor>>): object =>
  Object.entries(tensors).map(([name, {dtype, shape, data}]) => {
    const strings = Array.isArray(data) ? (data as readonly Uint8Array[]) : [data as Uint8Array];
    const hash = createHash('sha256');
    for (const {buffer, byteOffset, byteLength} of strings) hash.update(new Uint8Array(buffer, byteOffset, byteLength));
    return {name, dtype, shape, count: data.length, hash: hash.digest('hex')};
  });
const signatures = (dtype: Dtype): Record<string, SignatureSpec> => ({
  serving_default: {methodName: '', inputs: {x: {dtype, shape: null, tensorName: 'x:0'}}, outputs: {}},
});
const read = async (body: string, dtype: Dtype) => {
  const known = signatures(dtype);
  return codec.readPredict(
    Buffer.from(body),
    name => resolveSignature(known, name),
    () => known,
  );
};
const same = (body: string, dtype: Dtype) =>
  parsePredictRequest(Buffer.from(body), name => resolveSignature(signatures(dtype), name));

test.each<[Dtype, string]>([
  ['float32', '[1.5, -2e3, NaN]'],
  ['int64', '9007199254740993'],
  ['bool', '[true, false]'],
  ['string', '"ä\\u00e9"'],
  ['string', '{"b64": "/w=="}'],
])('a large body of %s like %s is read as a small one is', async (dtype, row) => {
  const body = `{"instances": [${many(row)}]}`;
  const {inputs, ...rest} = await read(body, dtype);
  const expected = same(body, dtype);
  expect({...rest, inputs: digest(inputs)}).toEqual({...expected, inputs: digest(expected.inputs)});
});

test('errors are the same, and in the same order: JSON first, then the model, then the values', async () => {
  const noModel = (): never => {
    throw new StatusError('NOT_FOUND', 'no model');
  };
  const readNone = async (body: string) => codec.readPredict(Buffer.from(body), noModel, () => null);
  const good = `{"instances": [${many('1')}]}`;
  const broken = good.slice(0, -2);
  const wrong = good.replace('[1', '["a"');
  await expect(readNone(good)).rejects.toThrow('no model');
  await expect(readNone(broken)).rejects.toThrow('JSON Parse error');
  for (const body of [broken, wrong]) {
    let expected = '';
    try {
      same(body, 'float32');
    } catch (error) {
      expected = String(error);
    }
    expect(expected).not.toBe('');
    await expect(read(body, 'float32')).rejects.toThrow(expected.replace(/^INVALID_ARGUMENT: /, ''));
  }
});

test('large examples are read as small ones are', async () => {
  const body = `{"signature_name": "s", "context": {"c": "t"}, "examples": [${many('{"x": [1.5, 2.0], "n": 7}')}]}`;
  const {signatureName, examples} = await codec.readExamples(Buffer.from(body));
  const expected = serializeExamples(parseExamplesRequest(Buffer.from(body)));
  expect(signatureName).toBe('s');
  expect(Buffer.concat(examples).equals(Buffer.concat(expected))).toBe(true);
  expect(examples.length).toBe(expected.length);
});

test('large answers are written as small ones are, and are still whole afterwards', async () => {
  const floats: HostTensor = {dtype: 'float32', shape: [300_000], data: new Float32Array(300_000).fill(0.1)};
  const texts: HostTensor = {
    dtype: 'string',
    shape: [300_000],
    data: new Array<Buffer>(300_000).fill(Buffer.from('ä')),
  };
  const both: Record<string, HostTensor>[] = [{y: floats}, {y: floats, text_bytes: texts}];
  for (const outputs of both) {
    const written = await codec.writePredict('row', outputs);
    expect(written.equals(writePredictResponse('row', outputs))).toBe(true);
  }
  expect(floats.data.length).toBe(300_000);
});

test('V2: large JSON is read and written as small JSON is, with bytes behind it where they were asked for', async () => {
  const values = new Array<number>(600_000).fill(1.5);
  const json = JSON.stringify({
    id: 'a',
    inputs: [
      {name: 'x', shape: [values.length], datatype: 'FP32', data: values},
      {name: 'b', shape: [2], datatype: 'INT8', parameters: {binary_data_size: 2}},
    ],
    outputs: [{name: 'y', parameters: {binary_data: true}}, {name: 'z'}],
  });
  const body = Buffer.from(`${json}\x01\x02`);
  const expected = parseV2Request(Buffer.from(body), json.length);
  const request = await codec.readV2(body, json.length);
  expect({...request, inputs: digest(request.inputs)}).toEqual({...expected, inputs: digest(expected.inputs)});
  const tensor: HostTensor = {dtype: 'float32', shape: [values.length], data: Float32Array.from(values)};
  const answer = {modelName: 'm', modelVersion: '1', outputs: {y: tensor, z: tensor}};
  const written = await codec.writeV2(answer, request);
  const inline = writeV2Response(answer, expected);
  expect(written.headerBytes).toBe(inline.headerBytes);
  expect(written.body.equals(inline.body)).toBe(true);
});

test('a document that needs too much memory ends with an error, and the next one is read', async () => {
  const small = new WorkerPool(1, {heapMb: 48});
  try {
    const narrow = new BodyCodec(small);
    const deep = Buffer.from(`{"instances": ${'['.repeat(1_500_000)}${']'.repeat(1_500_000)}}`);
    const known = signatures('float32');
    const ask = async (body: Buffer) =>
      narrow.readPredict(
        body,
        name => resolveSignature(known, name),
        () => known,
      );
    await expect(ask(deep)).rejects.toMatchObject({code: 'RESOURCE_EXHAUSTED'});
    expect((await ask(Buffer.from(`{"instances": [${many('1')}]}`))).format).toBe('row');
  } finally {
    await small.close();
  }
}, 60_000);
