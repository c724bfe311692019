import type {LayersModel, Tensor} from '@tensorflow/tfjs-node';
import {compile, uncompile} from '../compile/index.js';
import {tf} from '../native/index.js';

/** What a user gets to see of a training: numbers by name. */
export type Seen = Readonly<Record<string, number | ArrayLike<number>>>;

/** How much two sums of the same numbers may differ that were not added in the same order. */
export const ROUNDING = 1e-4;

/** A seeded table of numbers. */
export const table = (shape: number[], seed: number): Tensor => tf.randomNormal(shape, 0, 1, 'float32', seed);

/**
 * Does the same with two copies of a model, one op by op and one as graphs, and compares all that can be seen: what `use`
 * gives, every weight, and the number of tensors that are left.
 * @param make the same model each time, but for its weights; not compiled with an optimizer yet
 * @param use trains the model, and gives numbers to compare
 * @returns why the second ran op by op, a line for each reason; none when all of it ran as graphs
 */
export async function expectTwins(
  make: () => LayersModel,
  use: (model: LayersModel) => Promise<Seen | void> | Seen | void,
  {tolerance = ROUNDING}: {tolerance?: number} = {},
): Promise<readonly string[]> {
  const [eager, compiled] = [make(), make()] as const;
  const initial = eager.getWeights().map(weight => weight.clone());
  // Both are set, since that is when tfjs applies constraints.
  for (const model of [eager, compiled]) model.setWeights(initial);
  tf.dispose(initial);
  const warnings: string[] = [];
  uncompile(eager);
  compile(compiled, {warn: message => warnings.push(message)});
  const results = [];
  for (const model of [eager, compiled]) {
    const before = tf.memory().numTensors;
    const seen = (await use(model)) ?? {};
    results.push({seen, kept: tf.memory().numTensors - before, weights: model.getWeights().map(w => w.dataSync())});
  }
  const [expected, actual] = results as [(typeof results)[0], (typeof results)[0]];
  expect(Object.keys(actual.seen)).toEqual(Object.keys(expected.seen));
  for (const [name, values] of Object.entries(expected.seen)) {
    expectClose(listed(actual.seen[name] as number), listed(values), tolerance, name);
  }
  expected.weights.forEach((values, i) =>
    expectClose(actual.weights[i] ?? [], values, 10 * tolerance, eager.weights[i]?.originalName),
  );
  // tfjs leaves what it saves for gradients behind when recording ends with an error.
  if (warnings.length === 0) expect(actual.kept).toBe(expected.kept);
  return warnings;
}

/** Fails with the name and the first number that differs by more than the tolerance, relative above 1 and absolute below. */
export function expectClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance = ROUNDING,
  name = 'values',
): void {
  expect(`${name}: ${actual.length}`).toBe(`${name}: ${expected.length}`);
  for (let i = 0; i < expected.length; i++) {
    const [a, e] = [actual[i] as number, expected[i] as number];
    if (Object.is(a, e) || Math.abs(a - e) <= tolerance * Math.max(1, Math.abs(e))) continue;
    throw new Error(`${name}[${i}] is ${a} as a graph and ${e} op by op`);
  }
}

const listed = (values: number | ArrayLike<number>): ArrayLike<number> =>
  typeof values === 'number' ? [values] : values;
