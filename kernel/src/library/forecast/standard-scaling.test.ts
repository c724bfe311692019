import {tf} from '@ingot/tensorflow';
import {standardScaling} from './standard-scaling.js';

const train = tf.tensor2d([
  [1, 100, 5],
  [2, 300, 5],
  [3, 200, 5],
  [6, 0, 5],
]);

test('training features get mean zero and unit spread, and come back', () => {
  const scaling = standardScaling(train);
  const scaled = scaling.scale(train);
  const {mean, variance} = tf.moments(scaled, 0);
  expect(Array.from(mean.dataSync()).map(value => Math.abs(value) < 1e-5)).toEqual([true, true, true]);
  expect(Array.from(variance.dataSync()).map(value => Number(value.toFixed(4)))).toEqual([1, 1, 0]);
  expect(scaling.restore(scaled).sub(train).abs().max().dataSync()[0]).toBeLessThan(1e-4);
});

test('a missing value is refused by its feature', () => {
  expect(() =>
    standardScaling(
      tf.tensor2d([
        [1, NaN],
        [2, 3],
      ]),
    ),
  ).toThrow('Feature 1 has values that are missing');
});
