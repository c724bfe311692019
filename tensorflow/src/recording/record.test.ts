import type {Tensor, Tensor2D} from '@tensorflow/tfjs-node';
import {tf} from '../native/index.js';
import {nodeBackend} from './backend.js';
import {CaptureError} from './errors.js';
import {record} from './record.js';

test('a recording tells inputs, weights, constants and draws apart', () => {
  const weight = tf.variable(tf.ones([2, 2]), true, 'recorded/kernel');
  const x = tf.ones([3, 2]) as Tensor2D;
  const recording = record(
    () =>
      x
        .matMul(weight as Tensor2D)
        .mul(2)
        .add(tf.randomNormal([2]))
        .add(tf.randomNormal([2], 0, 1, 'float32', 4)),
    {inputs: {x}},
  );
  expect(recording.nodes.map(({op}) => op)).toEqual(['BatchMatMulV2', 'Mul', 'Add', 'Add']);
  const [matMul, times, drawn, seeded] = recording.nodes;
  expect(matMul?.inputs.map(({kind}) => kind)).toEqual(['input', 'external']);
  expect(matMul?.inputs[1]).toMatchObject({name: 'recorded/kernel', shape: [2, 2]});
  expect(times?.inputs[1]).toMatchObject({kind: 'constant', drawn: false, values: Float32Array.of(2)});
  expect(drawn?.inputs[1]).toMatchObject({kind: 'constant', drawn: true});
  expect(seeded?.inputs[1]).toMatchObject({kind: 'constant', drawn: false});
  expect(recording.valueOf(recording.result)).toMatchObject({kind: 'node', node: seeded, shape: [3, 2]});
  weight.dispose();
});

test('a weight that still lies in JavaScript is state, not a constant', () => {
  const uploadedLater = tf.variable(tf.tensor1d([1, 2]));
  const {nodes} = record(() => uploadedLater.add(1));
  expect(nodes[0]?.inputs.map(({kind}) => kind)).toEqual(['external', 'constant']);
  uploadedLater.dispose();
});

test('a recorded training step has been done, and says what state goes in and comes out', () => {
  const weight = tf.variable(tf.scalar(3));
  const optimizer = tf.train.sgd(0.5);
  const x = tf.scalar(2);
  const step = () => optimizer.minimize(() => weight.mul(x).asScalar(), true) as Tensor;
  const before = weight.dataId;
  const recording = record(step, {inputs: {x}, externalsVary: true});
  expect(recording.result.dataSync()[0]).toBe(6);
  expect(weight.dataSync()[0]).toBe(2);
  expect(recording.externals.map(({dataId}) => dataId)).toContain(before);
  expect(recording.valueOf(weight)).toMatchObject({kind: 'node'});
  weight.dispose();
});

test('reading a tensor made of state is refused in training', () => {
  const weight = tf.variable(tf.scalar(3));
  const read = () => tf.scalar(weight.mul(2).dataSync()[0] ?? 0);
  expect(() => record(read, {externalsVary: true})).toThrow(CaptureError);
  expect(record(read).nodes.map(({op}) => op)).toEqual(['Mul']);
  weight.dispose();
});

test('after an error tfjs is as it was', () => {
  const {binding} = nodeBackend();
  expect(() =>
    record(() => {
      throw new Error('mine');
    }),
  ).toThrow('mine');
  expect(nodeBackend().binding).toBe(binding);
  expect(Object.keys(nodeBackend())).not.toContain('readSync');
  expect(() => record(() => record(() => tf.scalar(1)).result)).toThrow(/being recorded/);
  expect(nodeBackend().binding).toBe(binding);
});

test.each([
  [
    [2, 3],
    [1, 1],
  ],
  [
    [2, 3],
    [4, 1],
  ],
  [
    [1, 1, 5],
    [2, 3, 1],
  ],
  [
    [2, 3],
    [2, 5],
  ],
  [[4], [3]],
])('the gradient of tiling %j by %j sums what was repeated, in two ops', (shape, reps) => {
  const size = (sizes: number[]) => sizes.reduce((product, n) => product * n, 1);
  const x = tf.range(0, size(shape)).reshape(shape);
  const upstream = tf.range(0, size(shape) * size(reps)).reshape(shape.map((n, axis) => n * (reps[axis] as number)));
  const {nodes, result} = record(() => tf.grad((x: Tensor) => x.tile(reps).mul(upstream))(x));
  // What tfjs's own gradient computes, one repetition after the other.
  const wanted = new Float32Array(size(shape));
  const values = upstream.dataSync();
  const index = x.tile(reps).dataSync();
  index.forEach((source, i) => (wanted[source] = (wanted[source] as number) + (values[i] as number)));
  expect(Array.from(result.dataSync())).toEqual(Array.from(wanted));
  expect(nodes.filter(({op}) => op === 'Slice' || op === 'AddN')).toEqual([]);
});
