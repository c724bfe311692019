import type {LayersModel, ModelFitArgs, Tensor} from '@tensorflow/tfjs-node';
import type * as tfjs from '@tensorflow/tfjs-node';
import {tf} from '../native/index.js';
import {expectTwins, table} from '../testing/twins.js';
import {compile} from './index.js';

const ROWS = 16;
const x = table([ROWS, 4], 1);
const y = table([ROWS, 3], 2);
const fitArgs: ModelFitArgs = {epochs: 4, batchSize: 8, shuffle: false, verbose: 0};

const sequential = (...layers: tfjs.layers.Layer[]): LayersModel => tf.sequential({layers});

async function fit(model: LayersModel, settings: object = {}, data: readonly [Tensor, Tensor] = [x, y]) {
  model.compile({optimizer: tf.train.sgd(0.1), loss: 'meanSquaredError', ...settings});
  return (await model.fit(...data, fitArgs)).history as Record<string, number[]>;
}

/** A layer that does what a user's own might do. */
class Own extends tf.layers.Layer {
  static className = 'Own';
  constructor(private readonly fn: (x: Tensor) => Tensor) {
    super({inputShape: [4]});
  }
  override call(inputs: Tensor | Tensor[]): Tensor {
    return tf.tidy(() => this.fn([inputs].flat()[0] as Tensor));
  }
}
const own = (fn: (x: Tensor) => Tensor) => () => sequential(new Own(fn), tf.layers.dense({units: 3}));

describe('trains op by op with the same results, and says why in one line', () => {
  test('a layer that keeps state from batch to batch', async () => {
    const sequences = table([ROWS, 5, 2], 3);
    const make = () => sequential(tf.layers.lstm({units: 3, stateful: true, batchInputShape: [8, 5, 2]}));
    const use = async (model: LayersModel) => {
      const first = await fit(model, {}, [sequences, y]);
      model.resetStates();
      const {history} = await model.fit(sequences, y, fitArgs);
      return {first: first['loss'] ?? [], second: history['loss'] as number[]};
    };
    const warnings = await expectTwins(make, use);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/^The model \S+ runs op by op, which is slow: its layer \S+ is stateful/);
  });

  test('a layer that looks at values', async () => {
    const make = own(x => ((x.sum().dataSync()[0] as number) > 0 ? x.mul(2) : x));
    const [warning, ...others] = await expectTwins(make, model => fit(model));
    expect(others).toEqual([]);
    expect(warning).toMatch(
      /^The training of .* reads the values of a tensor \(the output of the op Sum\) at .*refusals\.test/,
    );
  });

  test('random numbers that no graph can draw', async () => {
    const warnings: string[] = [];
    const model = own(x => x.mul(Math.random()))();
    compile(model, {warn: message => warnings.push(message)});
    await fit(model);
    expect(warnings).toEqual([
      expect.stringMatching(/draws random numbers in a way that no graph can.* at .*refusals\.test/),
    ]);
  });

  test('a number that the user counts up', async () => {
    const warnings: string[] = [];
    let count = 0;
    const model = own(x => x.mul(++count))();
    compile(model, {warn: message => warnings.push(message)});
    await fit(model);
    expect(warnings).toEqual([
      expect.stringMatching(
        /changes from step to step \(2, then 3\) at .*refusals\.test.*: keep it in a tf.variable instead/,
      ),
    ]);
    expect(count).toBeGreaterThan(8);
  });

  test('an optimizer of the user that schedules its learning rate', async () => {
    class Decaying extends tf.SGDOptimizer {
      override applyGradients(gradients: Parameters<tfjs.SGDOptimizer['applyGradients']>[0]): void {
        this.setLearningRate(0.1 / (1 + this.iterations));
        super.applyGradients(gradients);
      }
    }
    const make = () => sequential(tf.layers.dense({units: 3, inputShape: [4]}));
    const [warning, ...others] = await expectTwins(make, model => fit(model, {optimizer: new Decaying(0.1)}));
    expect(others).toEqual([]);
    expect(warning).toContain('changes from step to step');
  });
});

test('inputs that tfjs refuses get its error, and the next training is a graph still', async () => {
  const warnings: string[] = [];
  const model = sequential(
    tf.layers.embedding({inputDim: 4, outputDim: 2, inputLength: 3}),
    tf.layers.flatten(),
    tf.layers.dense({units: 3}),
  );
  compile(model, {warn: message => warnings.push(message)});
  const words = tf.ones([ROWS, 3], 'int32');
  await fit(model, {}, [words, y]);
  const unknown = tf.fill([ROWS, 3], 9, 'int32');
  await expect(model.fit(unknown, y, fitArgs)).rejects.toThrow('the index value 9 is not in [0, 3]');
  await model.fit(words, y, fitArgs);
  expect(warnings).toEqual([]);
});

test('a training that never repeats a shape says that it makes no graphs', () => {
  const warnings: string[] = [];
  const step = compile.step((a: Tensor) => a.square(), {warn: message => warnings.push(message)});
  for (let size = 1; size < 50; size++) tf.dispose(step(tf.ones([size])));
  expect(warnings).toEqual([
    'The step runs op by op, which is slow: each of 32 calls in a row had another shape or setting, such as float32[32]',
  ]);
});
