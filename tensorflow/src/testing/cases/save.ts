import type {Tensor} from '@tensorflow/tfjs-node';
import {writeFileSync} from 'node:fs';
import path from 'node:path';
import {capture, type InputSpecs} from '../../capture/index.js';
import {tf} from '../../native/index.js';
import {saveSavedModel} from '../../saved-model/index.js';
import {toPlain, type PlainTensor} from '../plain.js';
import type {Case} from './case.js';
import {folderOf, type Answered, type SavedCase} from './saved-case.js';
import {TABLES, type Table} from './tables.js';

/**
 * `node save.js TABLE DIR` saves a SavedModel for each case of a table, and what eager tfjs computes at two sizes, as
 * `cases.json` in the same folder. It is a program of its own, because TensorFlow reads once at its start whether oneDNN,
 * which rounds otherwise, is used.
 */
async function saveCases(dir: string, cases: readonly Case[]): Promise<void> {
  const saved: Record<string, SavedCase> = {};
  for (const {name, specs, kernel, make} of cases) {
    try {
      const fn = make();
      if (kernel !== undefined) checkKernel(kernel, fn, specs);
      await saveSavedModel(path.join(dir, folderOf(name)), {serving_default: capture(fn, specs)});
      saved[name] = {answers: [await answer(fn, specs, 1), await answer(fn, specs, 5)]};
    } catch (error) {
      saved[name] = {error: String((error as Error).stack)};
    }
  }
  writeFileSync(path.join(dir, 'cases.json'), JSON.stringify(saved));
}

function checkKernel(kernel: string, fn: ReturnType<Case['make']>, specs: InputSpecs): void {
  const config = tf.getKernel(kernel, 'tensorflow') as {kernelFunc: (...args: unknown[]) => unknown};
  const {kernelFunc} = config;
  let reached = false;
  config.kernelFunc = (...args) => {
    reached = true;
    return kernelFunc(...args);
  };
  try {
    fn(...samples(specs, 3).map(([, tensor]) => tensor));
  } finally {
    config.kernelFunc = kernelFunc;
  }
  if (!reached) throw new Error(`The case does not reach the kernel ${kernel}.`);
}

async function answer(fn: ReturnType<Case['make']>, specs: InputSpecs, batch: number): Promise<Answered> {
  const inputs = samples(specs, batch);
  const returned = fn(...inputs.map(([, tensor]) => tensor));
  const outputs = returned instanceof tf.Tensor ? {output_0: returned} : returned;
  return {inputs: await plain(inputs), outputs: await plain(Object.entries(outputs))};
}

/** Inputs for the specs. */
function samples(specs: InputSpecs, batch: number): [string, Tensor][] {
  return Object.entries(specs).map(([name, {shape, dtype}], i) => {
    const sizes = shape.map((size, axis) =>
      typeof size === 'number' ? size : axis === 0 ? batch : 20 + 10 * axis + batch,
    );
    return [name, sample(sizes, dtype, 3 + i)];
  });
}

async function plain(tensors: readonly (readonly [string, Tensor])[]): Promise<Record<string, PlainTensor>> {
  return Object.fromEntries(
    await Promise.all(tensors.map(async ([name, tensor]) => [name, await toPlain(tensor)] as const)),
  );
}

function sample(shape: number[], dtype: string, seed: number): Tensor {
  switch (dtype) {
    case 'float32':
      return tf.randomNormal(shape, 0, 1, 'float32', seed);
    case 'complex64':
      return tf.complex(sample(shape, 'float32', seed), sample(shape, 'float32', seed + 1));
    case 'bool':
      return tf.randomUniform(shape, 0, 1, 'float32', seed).greater(0.5);
    case 'string': {
      const count = shape.reduce((product, size) => product * size, 1);
      return tf.tensor(
        Array.from({length: count}, (_, i) => `gold ${i % 3}é`),
        shape,
        'string',
      );
    }
    default:
      return tf.randomUniform(shape, 0, 4, 'int32', seed);
  }
}

await saveCases(process.argv[3] as string, TABLES[process.argv[2] as Table]);
