import type {Tensor} from '@tensorflow/tfjs-node';
import fc from 'fast-check';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {tf} from '../native/index.js';
import {saveSavedModel} from '../saved-model/index.js';
import {Judge} from '../testing/judge.js';
import {numbersOf} from '../testing/plain.js';
import {drawingStep, inputShape, stack, step} from '../testing/stacks.js';
import {capture} from './index.js';

let judge: Judge;
let dir: string;
beforeAll(async () => {
  judge = new Judge();
  dir = await mkdtemp(path.join(tmpdir(), 'ingot-stacks-'));
  await judge.ready;
}, 300_000);
afterAll(async () => {
  await judge.close();
  await rm(dir, {recursive: true});
});

test('Python computes what any stack of layers computes, for sizes it was not captured with', async () => {
  let count = 0;
  await fc.assert(
    fc.asyncProperty(
      inputShape,
      fc.array(fc.oneof({weight: 15, arbitrary: step}, {weight: 1, arbitrary: drawingStep}), {
        minLength: 1,
        maxLength: 6,
      }),
      fc.integer({min: 1, max: 9}),
      async (shape, steps, batch) => {
        const model = stack(shape, steps);
        const captured = capture(x => model.apply(x) as Tensor, {x: {shape: [null, ...shape], dtype: 'float32'}});
        const target = path.join(dir, `${count++}`);
        await saveSavedModel(target, {serving_default: captured});
        const x = tf.randomNormal([batch, ...shape.map(size => size ?? 20 + batch)], 0, 1, 'float32', 5);
        const wanted = model.apply(x) as Tensor;
        const {output_0: answered} = await judge.run(target, {x});
        expect(answered?.shape).toEqual(wanted.shape);
        const values = wanted.dataSync();
        const far = numbersOf(answered as never).filter(
          (value, i) => Math.abs(value - (values[i] as number)) > 1e-4 * (1 + Math.abs(values[i] as number)),
        );
        expect(far).toEqual([]);
        captured.dispose();
        model.dispose();
        await rm(target, {recursive: true});
      },
    ),
    {numRuns: 40, seed: 20_261_121},
  );
}, 600_000);
