import {mkdir, rm} from 'node:fs/promises';
import path from 'node:path';
import {capture, saveSavedModel, tf, toJsonTensor} from '@ingot/tensorflow';
import {writeChecksums, type GoldenSamples, type Lineage, type ModelContract} from '@ingot/tensorflow/contract';

export interface StagedOptions {
  readonly name?: string;
  /** y = factor * (x1 + x2 + x3) */
  readonly factor?: number;
  readonly contract?: Partial<ModelContract>;
  readonly golden?: (golden: GoldenSamples) => unknown;
  readonly lineage?: Partial<Lineage>;
}

/** Stages a small model as the kernel's library does: for tests of what follows. */
export async function stageModel(stagingDir: string, id: string, options: StagedOptions = {}): Promise<string> {
  const dir = path.join(stagingDir, id);
  const {name = 'sums', factor = 2} = options;
  await rm(dir, {recursive: true, force: true});
  await mkdir(stagingDir, {recursive: true});
  const weights = tf.fill([3, 1], factor);
  const serve = capture(
    x => tf.matMul(x as never, weights as never),
    {x: {shape: [null, 3], dtype: 'float32'}},
    {outputs: 'y'},
  );
  const golden: GoldenSamples = {
    formatVersion: 1,
    tolerance: {absolute: 1e-4, relative: 1e-4},
    samples: [
      [1, 2, 3],
      [10, 20, 30],
    ].map(x => ({
      signature: 'serving_default',
      inputs: {x: toJsonTensor({dtype: 'float32', shape: [1, 3], data: Float32Array.from(x)})},
      outputs: {
        y: toJsonTensor({dtype: 'float32', shape: [1, 1], data: Float32Array.of(factor * x.reduce((a, b) => a + b))}),
      },
    })),
  };
  const contract: ModelContract = {
    formatVersion: 1,
    name,
    title: 'Sums of three',
    inputs: [{name: 'x', kind: 'series', length: 3, unit: 'USD/oz'}],
    outputs: [{name: 'y', kind: 'tensor', dtype: 'float32', shape: [1]}],
    example: {x: [1, 2, 3]},
    ...options.contract,
  };
  const lineage: Lineage = {
    formatVersion: 1,
    staged: id,
    createdAt: new Date().toISOString(),
    notebook: {path: 'gold.ipynb'},
    data: [],
    packages: {},
    git: null,
    metrics: {mase: 0.9},
    ...options.lineage,
  };
  await saveSavedModel(
    dir,
    {serving_default: serve},
    {
      extras: {
        'contract.json': JSON.stringify(contract),
        'golden.json': JSON.stringify(options.golden ? options.golden(golden) : golden),
        'lineage.json': JSON.stringify(lineage),
      },
    },
  );
  serve.dispose();
  weights.dispose();
  await writeChecksums(dir);
  return dir;
}
