import {seededNormal, seededRandom} from '../data/random.js';
import {dieboldMariano} from './diebold-mariano.js';

const normal = seededNormal(seededRandom(3));
const noise = (count: number, mean: number) => Float64Array.from({length: count}, () => mean + normal());

test('a forecast that is better at every origin is told from one that is not', () => {
  const losses = noise(300, 5);
  expect(
    dieboldMariano(
      losses,
      losses.map(loss => loss + 0.5 + 0.1 * normal()),
      1,
    )?.pValue,
  ).toBeLessThan(1e-6);
  expect(dieboldMariano(losses, noise(300, 5.02), 1)?.pValue).toBeGreaterThan(0.05);
});

test('equal forecasts are found different in about 5 % of all cases, overlapping steps included', () => {
  const steps = 7;
  const trials = 400;
  let found = 0;
  for (let trial = 0; trial < trials; trial++) {
    const raw = noise(400 + steps, 0);
    const overlapping = Float64Array.from({length: 400}, (_, origin) =>
      raw.subarray(origin, origin + steps).reduce((sum, value) => sum + value, 0),
    );
    const result = dieboldMariano(overlapping, new Float64Array(400), steps);
    if ((result?.pValue ?? 1) < 0.05) found++;
  }
  // Overlaps cost a HAC test some of its size; without them counted it would be above a half.
  expect(found / trials).toBeLessThan(0.15);
});

test('the statistic is the one worked out by hand', () => {
  const losses = Float64Array.from({length: 40}, (_, index) => (index % 2 === 0 ? 2 : 0));
  // Mean 1, variance 1, count 40, correction sqrt(39/40).
  expect(dieboldMariano(losses, new Float64Array(40), 1)?.statistic).toBeCloseTo(Math.sqrt(39), 10);
});

test('forecasts that never differ have no verdict', () => {
  const losses = noise(100, 1);
  expect(dieboldMariano(losses, losses, 1)).toBeNull();
});
