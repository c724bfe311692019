import type {Tensor, Tensor1D, Tensor2D, Tensor4D} from '@tensorflow/tfjs-node';
import {tf} from '../native/index.js';
import {capture, CaptureError, type InputSpecs} from './index.js';

const vector: InputSpecs = {x: {shape: [null, 6], dtype: 'float32'}};
const sequence: InputSpecs = {x: {shape: [null, null, 4], dtype: 'float32'}};

type Refusal = readonly [what: string, specs: InputSpecs, fn: (x: Tensor) => unknown, message: RegExp];

const refusals: Refusal[] = [
  [
    'a branch on a value',
    vector,
    x => ((x.sum().dataSync()[0] ?? 0) > 0 ? x : x.neg()),
    /reads the values of a tensor \(the output of the op Sum\)/,
  ],
  [
    'an array of values',
    vector,
    x => tf.tensor(x.mul(2).arraySync()),
    /reads the values of a tensor \(the output of the op Mul\)/,
  ],
  ['a value of the input itself', vector, x => tf.tensor(x.dataSync()), /reads the values of a tensor \(input "x"\)/],
  ['an asynchronous function', vector, async x => x, /asynchronous|a promise/],
  [
    'a mask that is read',
    vector,
    async x => tf.booleanMaskAsync(x, x.sum(1).greater(0)),
    /reads the values of a tensor \(the output of the op Reshape\) at .*refusals\.test/,
  ],
  [
    'where something is',
    vector,
    async x => tf.whereAsync(x.greater(0)),
    /reads the values of a tensor \(the output of the op Greater\) at .*refusals\.test/,
  ],
  [
    'a value that is read where errors are swallowed',
    vector,
    x => (reads(x) ? x : x.neg()),
    /reads the values of a tensor \(input "x"\) at reads .*refusals\.test/,
  ],
  [
    'as many zeros as there are different values',
    vector,
    x => tf.zeros([tf.unique(x.flatten() as Tensor1D).values.shape[0] ?? 0]),
    /made in JavaScript at .*refusals\.test.*is no whole multiple/s,
  ],
  [
    'a loop over different values',
    {x: {shape: [8], dtype: 'int32'}},
    x => tf.addN(tf.unstack(tf.unique(x as Tensor1D).values)),
    /one of 1 inputs and \d+ outputs in the place of Unpack .*refusals\.test/,
  ],
  ['a random draw', vector, x => x.add(tf.randomNormal([6])), /Random numbers are drawn .* used by the op Add/],
  [
    'a random draw as large as the batch',
    vector,
    x => x.add(tf.randomUniform([x.shape[0] ?? 1, 6])),
    /Random numbers are drawn/,
  ],
  ['one random number', vector, x => x.mul(Math.random()), /Random numbers are drawn/],
  ['dropout that is on', vector, x => tf.dropout(x, 0.5), /Random numbers are drawn/],
  ['a draw by an op', vector, x => tf.multinomial(x as Tensor2D, 2), /Multinomial .* draws random numbers|Multinomial/],
  ['a seeded draw by an op', vector, x => tf.multinomial(x as Tensor2D, 2, 7), /Multinomial .* draws random numbers/],
  ['a counter', vector, counting(), /changes from call to call/],
  [
    'a layer that keeps state',
    {x: {shape: [4, 5, 2], dtype: 'float32'}},
    stateful(),
    /changes from call to call.*call model\.resetStates\(\) within the function/s,
  ],
  [
    'a loop over an unknown size',
    sequence,
    x => tf.unstack(x, 1).reduce((sum, row) => sum.add(row)),
    /other "num"|other ops|more ops/,
  ],
  [
    'a branch on an unknown size',
    vector,
    x => ((x.shape[0] as number) > 2 ? x.add(1).mul(2) : x.add(1)),
    /more ops when batch is 3 instead of 2: it goes on with Mul at/,
  ],
  ['an RNN over an unknown number of steps', sequence, rnn(), /other "num"|other ops|more ops/],
  [
    'half of an unknown size',
    sequence,
    x => x.slice([0, 0, 0], [-1, Math.floor((x.shape[1] ?? 2) / 2), 4]),
    /no whole multiple and sum of the unknown/,
  ],
  [
    'values computed from an unknown size',
    sequence,
    x => x.mul(Math.sqrt(x.shape[1] ?? 1)),
    /no whole multiple and sum of the unknown/,
  ],
  [
    'pooling over an unknown size',
    {x: {shape: [null, null, 8, 3], dtype: 'float32'}},
    x => tf.avgPool(x as Tensor4D, [x.shape[1] ?? 1, 8], 1, 'valid'),
    /AvgPool .* has another "ksize"/,
  ],
  [
    'another function at each call',
    vector,
    alternating(),
    /executes other ops when it is called again|changes from call to call/,
  ],
  ['no tensor', vector, () => 3, /returns number/],
  ['nothing', vector, () => undefined, /returns undefined/],
  ['an empty record', vector, () => ({}), /returns no tensor/],
  ['a record with something else in it', vector, x => ({x, n: 1}), /output "n" is no tensor/],
  ['a size that is no size', {x: {shape: [null, 1.5], dtype: 'float32'}}, x => x, /size 1.5/],
  ['a dtype that tfjs cannot have', {x: {shape: [null], dtype: 'complex128'}}, x => x, /dtype "complex128"/],
];

test.each(refusals)('%s is refused with the reason', (_, specs, fn, message) => {
  const refused = () => capture(fn as (x: Tensor) => Tensor, specs);
  expect(refused).toThrow(CaptureError);
  expect(refused).toThrow(message);
});

const STATEMENTS = /returns|dtype "|has the size|size 1|is no tensor|asynchronous/;

test.each(refusals.filter(([, , , message]) => !STATEMENTS.test(message.source)))(
  '%s is refused with the line of the user',
  (_, specs, fn) => {
    expect(() => capture(fn as (x: Tensor) => Tensor, specs)).toThrow(/refusals\.test\.[jt]s:\d+/);
  },
);

test('the line of the user, not of a library, is named', () => {
  const fn = (x: Tensor) => x.add(tf.randomNormal([6]));
  expect(() => capture(fn, vector)).toThrow(/refusals\.test\.[jt]s:\d+/);
  const branch = (x: Tensor) => ((x.sum().dataSync()[0] ?? 0) > 0 ? x : x.neg());
  expect(() => capture(branch, vector)).toThrow(/refusals\.test\.[jt]s:\d+/);
});

test.each<[string, () => unknown, RegExp]>([
  [
    'a model in the place of a function',
    () => capture(tf.sequential() as never, vector),
    /takes a function of tensors, such as x => model.predict\(x\), not a Sequential/,
  ],
  ['one name for two outputs', () => capture(x => [x, x], vector, {outputs: ['y', 'y']}), /Two outputs are named "y"/],
  [
    'other names for what has names',
    () => capture(x => ({x}), vector, {outputs: 'y'}),
    /names its outputs itself \(x\)/,
  ],
])('%s is refused', (_, call, message) => {
  expect(call).toThrow(CaptureError);
  expect(call).toThrow(message);
});

test('the names that outputs have already may be given', () => {
  expect(Object.keys(capture(x => ({a: x, b: x}), vector, {outputs: ['b', 'a']}).outputs)).toEqual(['a', 'b']);
});

test('an error of the function itself is passed on as it is', () => {
  const mistake = new RangeError('mine');
  expect(() =>
    capture(() => {
      throw mistake;
    }, vector),
  ).toThrow(mistake);
});

test('after a refusal eager tfjs works as before, and no tensor is left', () => {
  const fn = (x: Tensor) => x.add(tf.randomNormal([6]));
  expect(() => capture(fn, vector)).toThrow(CaptureError);
  const before = tf.memory().numTensors;
  expect(() => capture(fn, vector)).toThrow(CaptureError);
  expect(tf.memory().numTensors).toBe(before);
  expect(Array.from(tf.tensor1d([1, 2]).add(1).dataSync())).toEqual([2, 3]);
  expect(Math.random()).not.toBe(Math.random());
});

test('a capture leaves no tensor but the weights it holds, and none after dispose', () => {
  const weight = tf.variable(tf.ones([6, 2]));
  const fn = (x: Tensor) => x.matMul(weight).add(tf.ones([2]));
  const before = tf.memory().numTensors;
  const captured = capture(fn, vector);
  expect(tf.memory().numTensors).toBe(before + 1);
  captured.dispose();
  captured.dispose();
  expect(tf.memory().numTensors).toBe(before);
  weight.dispose();
});

function reads(x: Tensor): boolean {
  try {
    return x.dataSync()[0] !== 0;
  } catch {
    return false;
  }
}

function counting(): (x: Tensor) => Tensor {
  let calls = 0;
  return x => x.add(++calls);
}

function stateful(): (x: Tensor) => Tensor {
  const layer = tf.layers.simpleRNN({units: 2, stateful: true, batchInputShape: [4, 5, 2]});
  const model = tf.sequential({layers: [layer]});
  return x => model.predict(x, {batchSize: 4}) as Tensor;
}

function alternating(): (x: Tensor) => Tensor {
  let calls = 0;
  return x => (++calls % 2 === 0 ? x.add(1) : x.sub(1));
}

function rnn(): (x: Tensor) => Tensor {
  const model = tf.sequential({layers: [tf.layers.simpleRNN({units: 2, inputShape: [null, 4]})]});
  return x => model.predict(x) as Tensor;
}
