import type {Tensor2D, Tensor3D} from '@tensorflow/tfjs-node';
import {tf} from '@ingot/tensorflow';
import {RICH} from '../display/show.js';
import {simulatedGold} from '../testing.js';
import {forecastChart} from './forecast-chart.js';

const series = simulatedGold(200).series('price');
const quantiles = [0.1, 0.5, 0.9];
const model = (prices: Tensor2D) =>
  prices
    .slice([0, 9], [-1, 1])
    .expandDims(2)
    .mul(tf.tensor3d([0.9, 1, 1.1], [1, 1, 3]))
    .tile([1, 2, 1]) as Tensor3D;
const options = {length: 10, quantiles, model};

test('a chart shows history, forecast, naive and intervals, and says that the data is simulated', async () => {
  const {svg} = await forecastChart(series, options);
  for (const label of ['price', 'median', 'naive', '80 % interval', 'simulated data', 'USD/oz'])
    expect(svg).toContain(label);
  expect(svg).not.toContain('what came');
  expect(svg).not.toContain('NaN');
});

test('a forecast of the past is shown beside what came', async () => {
  const on = series.dates[150] ?? '';
  const bundle = (await forecastChart(series, {...options, on}))[RICH]();
  expect(bundle['image/svg+xml']).toContain('what came');
  expect(bundle['text/plain']).toContain(`made on ${on}`);
});

test('a day without enough history, or after the end, is refused', async () => {
  await expect(forecastChart(series, {...options, on: series.dates[3] ?? ''})).rejects.toThrow('needs 10 values');
  await expect(forecastChart(series, {...options, on: '2031-01-01'})).rejects.toThrow('needs 10 values');
});
