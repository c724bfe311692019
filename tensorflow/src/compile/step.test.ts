import type {Scalar, Tensor} from '@tensorflow/tfjs-node';
import {tf} from '../native/index.js';
import {expectClose, table} from '../testing/twins.js';
import {compile} from './index.js';

const x = table([8, 4], 1);

test('a step updates variables as the function does, and follows the learning rate', () => {
  const run = (asGraph: boolean) => {
    const w = tf.variable(tf.tensor1d([1, 2, 3, 4]));
    const optimizer = tf.train.momentum(0.1, 0.5);
    const fn = (input: Tensor) => {
      const loss = optimizer.minimize(() => input.mul(w).sum(1).square().mean(), true) as Tensor;
      return {loss, norm: w.norm()};
    };
    const step = asGraph ? compile.step(fn) : fn;
    const losses = [];
    for (let i = 0; i < 6; i++) {
      if (i === 4) optimizer.setLearningRate(0.01);
      losses.push(step(x).loss.dataSync()[0] as number);
    }
    if ('refused' in step) expect(step.refused).toBeUndefined();
    return [...losses, ...w.dataSync(), optimizer.iterations];
  };
  expectClose(run(true), run(false), 1e-5);
});

test('a step returns what optimizer.minimize does, with or without the loss', () => {
  const w = tf.variable(tf.ones([4]));
  const optimizer = tf.train.sgd(0.1);
  const loss = (input: Tensor) => () => input.mul(w).square().mean().asScalar();
  const told = compile.step((input: Tensor) => optimizer.minimize(loss(input), true));
  const untold = compile.step((input: Tensor) => optimizer.minimize(loss(input)));
  const losses = [1, 2, 3].map(() => told(x)?.dataSync()[0] as number);
  expect(losses[2]).toBeLessThan(losses[0] as number);
  expect([1, 2, 3].map(() => untold(x))).toEqual([null, null, null]);
});

test('a loss may choose by what a variable is, which fails in tfjs alone', () => {
  const w = tf.variable(tf.tensor1d([0.5, 1.35, -2]));
  const optimizer = tf.train.sgd(0.1);
  const loss = (bound: Tensor) => () => {
    const known = tf.logicalNot(tf.logicalOr(tf.equal(w, 0), tf.notEqual(w, w)));
    const inside = tf.logicalAnd(known, tf.logicalAnd(tf.less(w, bound), tf.greater(w, -1)));
    return tf.where(inside, w.square(), w.abs().mul(3)).sum() as Scalar;
  };
  const step = compile.step((bound: Tensor) => optimizer.minimize(loss(bound), true));
  const expected = [0.5, 1.35, -2];
  for (let i = 0; i < 4; i++) {
    step(tf.scalar(1))?.dispose();
    expected.forEach((value, at) => {
      const gradient = value < 1 && value > -1 ? 2 * value : 3 * Math.sign(value);
      expected[at] = value - 0.1 * gradient;
    });
    expectClose(w.dataSync(), expected);
  }
  expect(step.refused).toBeUndefined();
});

test('a step may return its variables, inputs and tensors from outside, and they live on', () => {
  const count = tf.variable(tf.zeros([4]));
  const outside = tf.tensor1d([7, 8, 9, 10]);
  const step = compile.step((input: Tensor) => {
    count.assign(count.add(input));
    return {count, input, outside};
  });
  for (let i = 1; i <= 4; i++) {
    const ones = tf.ones([4]);
    const returned = step(ones);
    expectClose(returned.count.dataSync(), [i, i, i, i]);
    expectClose(returned.input.dataSync(), [1, 1, 1, 1]);
    expectClose(returned.outside.dataSync(), [7, 8, 9, 10]);
    expectClose(count.dataSync(), [i, i, i, i]);
    expectClose(ones.dataSync(), [1, 1, 1, 1]);
  }
  expectClose(outside.dataSync(), [7, 8, 9, 10]);
  expect(step.refused).toBeUndefined();
});

test('a step refuses what is no tensor', () => {
  const step = compile.step((a: Tensor) => a.square());
  expect(() => step(3 as unknown as Tensor)).toThrow('Argument 0 of a compiled step is no tensor: 3');
});

test('a step runs op by op where the function reads values', () => {
  const warnings: string[] = [];
  const warn = (message: string) => warnings.push(message);
  const step = compile.step((a: Tensor) => tf.scalar(a.dataSync()[0] as number), {warn});
  const results = [1, 2, 3].map(value => step(tf.tensor1d([value])).dataSync()[0]);
  expect(results).toEqual([1, 2, 3]);
  expect(warnings).toHaveLength(1);
  expect(step.refused).toContain('reads the values');
});

test('a step takes and gives complex numbers, and says that it keeps none in a variable', () => {
  const real = table([4], 1);
  const fn = (z: Tensor) => ({spectrum: tf.spectral.fft(z).mul(z), size: tf.abs(z)});
  const step = compile.step(fn);
  for (const seed of [2, 3, 4]) {
    const z = tf.complex(real, table([4], seed));
    const [expected, actual] = [fn(z), step(z)];
    expectClose(actual.spectrum.dataSync(), expected.spectrum.dataSync());
    expectClose(tf.imag(actual.spectrum).dataSync(), tf.imag(expected.spectrum).dataSync());
    expectClose(actual.size.dataSync(), expected.size.dataSync());
  }
  expect(step.refused).toBeUndefined();
  const state = tf.variable(tf.complex(real, real), false, 'phase');
  const turn = compile.step((z: Tensor) => state.assign(state.mul(z)), {warn: () => undefined});
  for (let i = 0; i < 3; i++) turn(tf.complex(real, real));
  expect(turn.refused).toBe('it updates phase, a variable of complex numbers');
  expectClose(tf.real(state).dataSync(), tf.tidy(() => real.pow(4).mul(-4)).dataSync());
});
