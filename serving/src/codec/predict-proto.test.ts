import type {Type} from 'protobufjs';
import {encodePredictResponse} from './predict-answer.js';
import {decodePredictRequest, readPredictRequest} from './predict-proto.js';
import {protoRoot} from './proto.js';

const [PredictRequest, PredictResponse] = ['PredictRequest', 'PredictResponse'].map(name =>
  protoRoot.lookupType(`tensorflow.serving.${name}`),
) as [Type, Type];

const spec = {name: 'gold', signature_name: 'serving_default', version: {value: 7}};
const sizes = (shape: readonly number[]) => ({dim: shape.map(size => ({size}))});
const request = (inputs: object, more: object = {}): Buffer =>
  Buffer.from(PredictRequest.encode(PredictRequest.fromObject({model_spec: spec, inputs, ...more})).finish());

const bytes = Buffer.from(Float32Array.of(1.5, -2, 3e9).buffer);
const content = {dtype: 1, tensor_shape: sizes([1, 3]), tensor_content: bytes};
const list = {dtype: 1, tensor_shape: sizes([1, 3]), float_val: [1.5, -2, 3e9]};
const repeated = {dtype: 1, tensor_shape: sizes([1, 300]), float_val: [1.5]};
const integers = {dtype: 3, tensor_shape: sizes([1, 3]), int_val: [1, 2, 300]};
const strings = {dtype: 7, tensor_shape: sizes([2]), string_val: [Buffer.from('a'), Buffer.from('bc')]};

const outcome = (read: typeof readPredictRequest, message: Buffer): unknown => {
  try {
    return read(message);
  } catch (error) {
    return String(error);
  }
};

test.each([
  ['in tensor_content', request({x: content})],
  ['in a list', request({x: list})],
  ['with a choice of outputs', request({x: content}, {output_filter: ['a', 'b']})],
  ['in both', request({x: {...list, ...content}})],
  ['repeated', request({x: repeated})],
  ['as varints', request({x: integers})],
  ['as strings', request({x: strings})],
  ['in two inputs', request({x: content, y: list})],
  ['in one input that comes twice', Buffer.concat([request({x: content}), request({x: list})])],
])('a request that differs in any byte from one before it is read as if it was the first: values %s', (_, message) => {
  for (let at = 0; at < message.length; at++) {
    for (const flipped of [1, 2, 8, 0x80]) {
      const other = Buffer.from(message);
      other.writeUInt8(message.readUInt8(at) ^ flipped, at);
      expect(decodePredictRequest(message)).toEqual(readPredictRequest(message));
      expect(outcome(decodePredictRequest, other)).toEqual(outcome(readPredictRequest, other));
    }
  }
});

test('requests of one length that take turns are each read as they are', () => {
  const one = request({x: content});
  const other = request({y: content});
  expect(other.length).toBe(one.length);
  for (let i = 0; i < 40; i++) {
    expect(Object.keys(decodePredictRequest(i % 3 === 0 ? one : other).inputs)).toEqual([i % 3 === 0 ? 'x' : 'y']);
  }
});

test('values of a request stay as they are when the next one comes', () => {
  const first = decodePredictRequest(request({x: content})).inputs;
  decodePredictRequest(request({x: {...content, tensor_content: Buffer.alloc(12)}}));
  expect(first['x']?.data).toEqual(Float32Array.of(1.5, -2, 3e9));
});

interface Written {
  readonly name: string;
  readonly version: bigint;
  readonly signatureName: string;
  readonly output: string;
  readonly dtype: 'float32' | 'int32';
  readonly shape: readonly number[];
  readonly asContent: boolean;
}

const base: Written = {
  name: 'gold',
  version: 7n,
  signatureName: 'serving_default',
  output: 'y',
  dtype: 'float32',
  shape: [2, 3],
  asContent: true,
};

test.each<Partial<Written>>([
  {},
  {name: 'lead'},
  {version: 8n},
  {signatureName: 'serving_another'},
  {output: 'z'},
  {dtype: 'int32'},
  {shape: [3, 2]},
  {shape: [6]},
  {shape: [2, 3, 1]},
  // As many values more as there are places to remember.
  {shape: [2, 11]},
  {shape: [0, 3]},
  {asContent: false},
  {asContent: false, dtype: 'int32'},
])('protobufjs reads an answer that differs from one before in %j', change => {
  for (const written of [base, {...base, ...change}, base, {...base, ...change}]) {
    const {output, dtype, shape, asContent, ...answered} = written;
    const count = shape.reduce((product, size) => product * size, 1);
    const data = new (dtype === 'float32' ? Float32Array : Int32Array)(count).map((_, i) => i * 1000);
    const message = encodePredictResponse(answered, {[output]: {dtype, shape, data}}, asContent);
    const read = PredictResponse.toObject(PredictResponse.decode(message), {
      longs: Number,
      arrays: true,
      objects: true,
    });
    expect(read['model_spec']).toEqual({
      name: answered.name,
      version: {value: Number(answered.version)},
      signature_name: answered.signatureName,
    });
    expect(Object.keys(read['outputs'])).toEqual([output]);
    const {dtype: number, tensor_shape, tensor_content = Buffer.alloc(0), float_val, int_val} = read['outputs'][output];
    expect(number).toBe(dtype === 'float32' ? 1 : 3);
    expect(tensor_shape.dim.map(({size = 0}) => size)).toEqual(shape);
    const raw = Uint8Array.from(tensor_content).buffer;
    const whole = dtype === 'float32' ? new Float32Array(raw) : new Int32Array(raw);
    expect(asContent ? [...whole] : [...float_val, ...int_val]).toEqual([...data]);
    expect([tensor_content.length > 0, float_val.length + int_val.length > 0]).toEqual([
      asContent && count > 0,
      !asContent && count > 0,
    ]);
  }
});
