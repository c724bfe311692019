import type {Tensor} from '@tensorflow/tfjs-node';
import {tf} from '@ingot/tensorflow';
import type {GoldenSample, GoldenSamples, JsonTensor} from '@ingot/tensorflow/contract';
import {toleranceOfGpus} from '@ingot/tensorflow/session';
import {isOnGpu} from '../device.js';
import {fits, portText} from './ports.js';
import type {DeployableSpec} from './spec.js';

/** So many rows of the user's data become golden samples of one row each, and together one more of all. */
const ROWS = 3;
/** Other processors and libraries add up in another order. */
const TOLERANCE = {absolute: 1e-5, relative: 1e-4};

type TensorsByName = Record<string, Tensor>;

/**
 * A few rows of the user's own data, evenly spread, as tensors that belong to the caller.
 * @throws Error naming the input whose sample is missing, empty or shaped otherwise than the contract says.
 */
export function sampleRows(spec: DeployableSpec): TensorsByName {
  const samples = spec.samples as Tensor | Readonly<TensorsByName> | undefined;
  const given = samples instanceof tf.Tensor ? {[spec.inputs[0]?.name ?? '']: samples} : (samples ?? {});
  const counts = spec.inputs.map(port => {
    const tensor = given[port.name];
    if (!(tensor instanceof tf.Tensor)) {
      throw new Error(
        `"${spec.name}" has no samples for its input "${port.name}": give some of your data as a tensor (${portText(port)}) ` +
          'to ingot.deployable, or keep it in a variable of the notebook.',
      );
    }
    if (tensor.isDisposed)
      throw new Error(`The samples for "${port.name}" are disposed of; keep a few rows, e.g. with slice.`);
    if (!fits(port, tensor) || tensor.shape[0] === 0) {
      throw new Error(
        `The samples for "${port.name}" are ${tensor.dtype} [${tensor.shape.join(', ')}], not ${portText(port)}.`,
      );
    }
    return tensor.shape[0] ?? 0;
  });
  const count = Math.min(...counts);
  const rows = [...new Set(Array.from({length: ROWS}, (_, index) => Math.floor(((count - 1) * index) / (ROWS - 1))))];
  return tf.tidy(() => Object.fromEntries(spec.inputs.map(({name}) => [name, rowsOf(given[name] as Tensor, rows)])));
}

/** tfjs gathers no texts. */
function rowsOf(tensor: Tensor, rows: readonly number[]): Tensor {
  if (tensor.dtype !== 'string') return tf.gather(tensor, tf.tensor1d([...rows], 'int32'));
  const [count = 1, ...shape] = tensor.shape;
  const texts = tensor.dataSync<'string'>() as unknown as string[];
  const size = texts.length / count;
  const chosen = rows.flatMap(row => texts.slice(row * size, (row + 1) * size));
  return tf.tensor(chosen, [rows.length, ...shape], 'string');
}

/**
 * Calls the serving function and names its outputs, as tensors that belong to the caller.
 * @throws Error when an output is missing or shaped otherwise than the contract says.
 */
export function serveNamed(spec: DeployableSpec, inputs: Readonly<TensorsByName>): TensorsByName {
  return tf.tidy(() => {
    const returned = called(spec, inputs);
    const [only] = spec.outputs;
    const outputs = returned instanceof tf.Tensor ? {[only?.name ?? '']: returned} : returned;
    if (typeof outputs !== 'object' || outputs === null || outputs instanceof Promise) {
      throw new Error(`The serving function of "${spec.name}" must return a tensor, or a record of tensors by name.`);
    }
    return Object.fromEntries(
      spec.outputs.map(port => {
        const tensor = (outputs as TensorsByName)[port.name];
        if (!(tensor instanceof tf.Tensor)) {
          throw new Error(`The serving function of "${spec.name}" gives no output "${port.name}".`);
        }
        if (!fits(port, tensor)) {
          const shape = `${tensor.dtype} [${tensor.shape.join(', ')}]`;
          throw new Error(
            `The serving function of "${spec.name}" gives ${port.name}: ${shape}, not ${portText(port)}.`,
          );
        }
        return [port.name, tensor];
      }),
    );
  });
}

function called(spec: DeployableSpec, inputs: Readonly<TensorsByName>): unknown {
  if (typeof (spec.serve as unknown) !== 'function') {
    throw new Error(
      `"${spec.name}" has no serving function: give serve a function of tensors, e.g. serve: x => model.apply(x).`,
    );
  }
  try {
    return spec.serve(...spec.inputs.map(({name}) => inputs[name] as Tensor));
  } catch (error) {
    const count = Object.values(inputs)[0]?.shape[0];
    const rows = count === 1 ? 'one row' : `a batch of ${count} rows`;
    const message = error instanceof Error ? error.message : String(error);
    throw new Error(`The serving function of "${spec.name}" fails for ${rows}: ${message}`, {cause: error});
  }
}

/** What the notebook's own model says of some of the user's rows: one sample a row, and one of all rows at once. */
export function goldenSamples(spec: DeployableSpec): GoldenSamples {
  const samples: GoldenSample[] = [];
  tf.tidy(() => {
    const rows = sampleRows(spec);
    const count = Object.values(rows)[0]?.shape[0] ?? 0;
    const part = (first: number, size: number) =>
      Object.fromEntries(
        Object.entries(rows).map(([name, tensor]) => [
          name,
          tensor.slice([first, ...tensor.shape.slice(1).map(() => 0)], [size, ...tensor.shape.slice(1)]),
        ]),
      );
    const batches = Array.from({length: count}, (_, row) => part(row, 1));
    for (const inputs of count > 1 ? [...batches, rows] : batches) {
      const outputs = serveNamed(spec, inputs);
      samples.push({signature: 'serving_default', inputs: asJson(inputs), outputs: asJson(outputs)});
    }
  });
  return {formatVersion: 1, tolerance: isOnGpu() ? toleranceOfGpus(TOLERANCE) : TOLERANCE, samples};
}

function asJson(tensors: Readonly<TensorsByName>): Record<string, JsonTensor> {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, jsonTensor(name, tensor)]));
}

function jsonTensor(name: string, tensor: Tensor): JsonTensor {
  const values = Array.from(tensor.dataSync<'float32' | 'string'>() as ArrayLike<number | string>, value => {
    if (typeof value === 'string') return Buffer.from(value, 'utf8').toString('base64');
    if (!Number.isFinite(value)) {
      throw new Error(`"${name}" is ${value} for a row of the samples; a model that gives no numbers is not deployed.`);
    }
    return tensor.dtype === 'bool' ? value !== 0 : value;
  });
  return {dtype: tensor.dtype, shape: [...tensor.shape], values};
}
