import type {Tensor2D, Tensor3D} from '@tensorflow/tfjs-node';
import {tf} from '@ingot/tensorflow';
import {simulatedGold} from '../testing.js';
import {RICH} from '../display/show.js';
import {Series} from '../data/series.js';
import {backtest} from './backtest.js';
import {filteredHistoricalSimulation} from './baselines.js';

const series = simulatedGold(700).series('price');
const {test: period} = series.split({validation: '2023-06-01', test: '2024-01-02'});
const options = {length: 20, horizon: 3, quantiles: [0.1, 0.5, 0.9]};
const spread = (prices: Tensor2D) =>
  prices
    .slice([0, 19], [-1, 1])
    .expandDims(2)
    .mul(tf.tensor3d([0.98, 1, 1.02], [1, 1, 3]))
    .tile([1, 3, 1]);

test('a model that repeats the last value is exactly as good as naive, which stands first', async () => {
  const report = await backtest(period, {...options, models: {repeat: prices => spread(prices) as Tensor3D}});
  expect(report.judged.map(({name}) => name)[0]).toBe('naive (last value)');
  const metrics = report.metrics('repeat');
  expect(metrics['relative_mae_1']).toBeCloseTo(1, 6);
  expect(metrics['relative_mae_3']).toBeCloseTo(1, 6);
  expect(report.summary[0]).toContain('as good as the naive forecast');
});

test('a difference to naive comes with what luck would do', async () => {
  const biased = (prices: Tensor2D) => spread(prices).mul(1.03) as Tensor3D;
  const report = await backtest(period, {...options, models: {biased}});
  expect(report.summary[0]).toMatch(/% worse than the naive forecast \(p < 0\.001\)\./);
});

test('a report on simulated data says so in every form', async () => {
  const bundle = (await backtest(period, {...options, models: {}}))[RICH]();
  expect(bundle['text/plain']).toContain('simulated');
  expect(bundle['text/html']).toContain('simulated');
});

test("a model's output of another shape is refused with both shapes", async () => {
  const wrong = (prices: Tensor2D) => spread(prices).slice([0, 0, 0], [-1, 2, -1]) as Tensor3D;
  await expect(backtest(period, {...options, models: {wrong}})).rejects.toThrow(
    /"wrong" gave \[\d+, 2, 3\] where \[\d+, 3, 3\]/,
  );
});

test('no baseline sees a value after its origin', () => {
  const origins = period.origins(options);
  const forecast = (values: Float64Array) =>
    filteredHistoricalSimulation({values, origins: origins.slice(0, 5), horizon: 3}, [0.1, 0.5, 0.9]);
  const tampered = series.values.map((value, index) => (index > (origins[4] ?? 0) ? value * 10 : value));
  expect(forecast(tampered).values).toEqual(forecast(series.values).values);
});

test('the historical simulation covers what it says on data that is what it assumes', async () => {
  const report = await backtest(period, {...options, models: {}});
  const simulation = report.judged.find(({name}) => name === 'historical simulation');
  expect(simulation?.scores[0]?.intervals.get(0.8)?.coverage).toBeGreaterThan(0.72);
  expect(simulation?.scores[0]?.intervals.get(0.8)?.coverage).toBeLessThan(0.88);
});

test('a backtest leaves no tensors behind', async () => {
  const before = tf.memory().numTensors;
  await backtest(period, {...options, models: {repeat: prices => spread(prices) as Tensor3D}});
  expect(tf.memory().numTensors).toBe(before);
});

test('where hours repeat, the value of a day before is a baseline, and values below zero leave out those of percent', async () => {
  const values = Float64Array.from({length: 400}, (_, hour) => Math.sin((2 * Math.PI * hour) / 24));
  const dates = Array.from(values, (_, hour) => `${new Date(Date.UTC(2024, 0, 1, hour)).toISOString().slice(0, 19)}Z`);
  const {provenance} = series;
  const wave = new Series({title: 'Wave', unit: 'm', step: 'hour', dates, values, provenance});
  const {test: hours} = wave.split({validation: '2024-01-10T00:00:00Z', test: '2024-01-12T00:00:00Z'});
  const report = await backtest(hours, {length: 30, horizon: 30, quantiles: [0.5], models: {}, season: 24});
  expect(report.judged.map(({name}) => name)).toEqual(['naive (last value)', 'seasonal naive (24 steps before)']);
  expect(report.judged[0]?.scores[1]?.mae).toBeGreaterThan(0.5);
  expect(report.judged[1]?.scores[1]?.mae).toBeCloseTo(0, 10);
  await expect(backtest(hours, {length: 30, horizon: 1, quantiles: [0.5], models: {}, season: 5000})).rejects.toThrow(
    'A season of 5000 steps is none',
  );
});
