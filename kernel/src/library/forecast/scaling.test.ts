import type {Rank, Tensor} from '@tensorflow/tfjs-node';
import {tf} from '@ingot/tensorflow';
import {simulatedGold} from '../testing.js';
import {mirrored} from './mirrored.js';
import {returnScaling} from './scaling.js';

const periods = simulatedGold(600).series('price').split({validation: '2024-01-02', test: '2024-06-03'});
const train = periods.train.windows({length: 60, horizon: 7});
const scaling = returnScaling(train);

const largestDifference = (a: Tensor, b: Tensor) => tf.tidy(() => a.div(b).sub(1).abs().max().dataSync()[0] ?? NaN);

test('prices come back from their scaled form', () => {
  const scaled = scaling.targets(train.inputs, train.targets);
  const back = scaling.toPrices(train.inputs, scaled.expandDims(2));
  expect(largestDifference(back.squeeze([2]), train.targets)).toBeLessThan(1e-5);
});

test('prices in another currency look the same to the network', () => {
  const dear = scaling.features(train.inputs.mul(8));
  const difference = tf.tidy(() => dear.sub(scaling.features(train.inputs)).abs().max().dataSync()[0]);
  expect(difference).toBeLessThan(1e-3);
});

test('scaled changes have about unit spread at every horizon', () => {
  const {variance} = tf.moments(scaling.targets(train.inputs, train.targets), 0);
  for (const value of variance.dataSync()) {
    expect(Math.sqrt(value)).toBeGreaterThan(0.7);
    expect(Math.sqrt(value)).toBeLessThan(1.3);
  }
});

test('the historical quantiles hold what their levels say, around no change', () => {
  const [first = []] = scaling.historicalQuantiles(train, [0.1, 0.5, 0.9]);
  const [low = NaN, median = NaN, high = NaN] = first;
  const steps = tf.tidy(() =>
    Array.from(scaling.targets(train.inputs, train.targets).slice([0, 0], [-1, 1]).dataSync()),
  );
  const inside = steps.filter(value => value >= low && value <= high).length / steps.length;
  expect(inside).toBeCloseTo(0.8, 1);
  expect([median, low + high].map(value => Math.abs(value) < 1e-6)).toEqual([true, true]);
});

test('a mirrored window has every rise as a fall, from the same last price', () => {
  const both = mirrored(train);
  expect([both.count, both.inputs.shape[0], both.targets.shape[0], both.origins.length]).toEqual(
    Array(4).fill(2 * train.count),
  );
  const targets = scaling.targets(both.inputs, both.targets);
  const [own, image] = tf.split(targets, 2);
  expect(
    (own as Tensor)
      .add(image as Tensor)
      .abs()
      .max()
      .dataSync()[0],
  ).toBeLessThan(1e-3);
  const last = tf.split(both.inputs.slice([0, 59], [-1, 1]), 2) as Tensor[];
  expect(largestDifference(last[0] as Tensor, last[1] as Tensor)).toBeLessThan(1e-6);
});

test('prices that never change are refused', () => {
  const inputs = tf.ones<Rank.R2>([3, 60]);
  expect(() => returnScaling({...train, inputs})).toThrow('prices above zero that change');
});
