import fc from 'fast-check';
import {tf} from '../native/index.js';
import {inputShape, stack, step} from '../testing/stacks.js';
import {expectTwins, table} from '../testing/twins.js';

const OPTIMIZERS = {
  sgd: () => tf.train.sgd(0.01),
  momentum: () => tf.train.momentum(0.01, 0.9),
  adam: () => tf.train.adam(0.01),
  rmsprop: () => tf.train.rmsprop(0.01),
  adagrad: () => tf.train.adagrad(0.01),
};

test('any stack of layers trains as a graph as it does op by op, the smaller last batch and the validation too', async () => {
  await fc.assert(
    fc.asyncProperty(
      inputShape,
      fc.array(step, {minLength: 1, maxLength: 5}),
      fc.constantFrom(...(Object.keys(OPTIMIZERS) as (keyof typeof OPTIMIZERS)[])),
      fc.integer({min: 3, max: 8}),
      async (shape, steps, optimizer, batchSize) => {
        fc.pre(stack(shape, steps).trainableWeights.length > 0);
        const sizes = shape.map(size => size ?? 7);
        const x = table([13, ...sizes], 1);
        const warnings = await expectTwins(
          () => stack(shape, steps),
          async model => {
            const y = table((model.predict(x) as ReturnType<typeof table>).shape, 2);
            model.compile({optimizer: OPTIMIZERS[optimizer](), loss: 'meanSquaredError', metrics: ['mae']});
            const {history} = await model.fit(x, y, {
              epochs: 2,
              batchSize,
              shuffle: false,
              verbose: 0,
              validationData: [x, y],
            });
            return history as Record<string, number[]>;
          },
          {tolerance: 1e-3},
        );
        expect(warnings).toEqual([]);
        x.dispose();
      },
    ),
    {numRuns: 12},
  );
}, 300_000);
