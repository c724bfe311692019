import type {GoldenSamples} from '../contract/golden.js';
import {fromBfloat16, fromHalf} from '../tensor/float-bits.js';
import {fromJsonTensor} from '../tensor/json-tensor.js';
import type {LoadedModel} from './loaded-model.js';
import type {HostData, HostTensor} from '../tensor/tensor.js';

export type Tolerance = GoldenSamples['tolerance'];

/** Golden samples as they are run: what their JSON says, as tensors. */
export interface GoldenTensors {
  readonly tolerance: Tolerance;
  readonly samples: readonly {
    readonly signature: string;
    readonly inputs: Readonly<Record<string, HostTensor>>;
    readonly outputs: Readonly<Record<string, HostTensor>>;
  }[];
}

export interface GoldenReport {
  readonly samples: number;
  /** The largest |got - wanted| over all values of all samples. */
  readonly largestDifference: number;
  /** What is wrong, one sentence each; empty when every value is within the tolerance. */
  readonly mismatches: readonly string[];
}

/** NVIDIA's GPUs keep ten bits of the factors of float32 products (TensorFloat-32), and layers add up what that changes. */
const TENSOR_FLOAT_32: Tolerance = {absolute: 1e-3, relative: 1e-2};

/** The tolerance between answers of which a GPU has computed one, or may have. */
export function toleranceOfGpus({absolute, relative}: Tolerance): Tolerance {
  return {
    absolute: Math.max(absolute, TENSOR_FLOAT_32.absolute),
    relative: Math.max(relative, TENSOR_FLOAT_32.relative),
  };
}

/** @throws Error when a sample is not a valid tensor. */
export function goldenTensors({tolerance, samples}: GoldenSamples): GoldenTensors {
  const tensors = samples.map(({signature, inputs, outputs}) => ({
    signature,
    inputs: mapValues(inputs, fromJsonTensor),
    outputs: mapValues(outputs, fromJsonTensor),
  }));
  return {tolerance, samples: tensors};
}

/**
 * Runs every golden sample and compares every output that it lists.
 * @throws TensorFlowError when a run fails.
 */
export async function replayGolden(model: Pick<LoadedModel, 'run'>, golden: GoldenTensors): Promise<GoldenReport> {
  const mismatches: string[] = [];
  let largestDifference = 0;
  for (const [index, sample] of golden.samples.entries()) {
    const outputs = await model.run(sample.signature, sample.inputs);
    for (const [name, wanted] of Object.entries(sample.outputs)) {
      const {difference, mismatch} = compareTensor(wanted, outputs[name], golden.tolerance);
      largestDifference = Math.max(largestDifference, difference);
      if (mismatch) mismatches.push(`Golden sample ${index + 1}, output "${name}": ${mismatch}`);
    }
  }
  return {samples: golden.samples.length, largestDifference, mismatches};
}

/**
 * |got - wanted| <= absolute + relative * |wanted| for numbers, equality for everything else. NaN and infinity never match.
 */
export function compareTensor(
  wanted: HostTensor,
  got: HostTensor | undefined,
  tolerance: Tolerance,
): {difference: number; mismatch: string | null} {
  const nothing = {difference: 0};
  if (!got) return {...nothing, mismatch: 'the model did not give it.'};
  if (got.dtype !== wanted.dtype) {
    return {...nothing, mismatch: `its dtype is ${got.dtype}, the notebook had ${wanted.dtype}.`};
  }
  if (got.shape.length !== wanted.shape.length || got.shape.some((size, axis) => size !== wanted.shape[axis])) {
    return {...nothing, mismatch: `its shape is [${got.shape}], the notebook had [${wanted.shape}].`};
  }
  const largest = largestWithin(wanted.data, got.data, tolerance);
  if (largest !== null) return {difference: largest, mismatch: null};
  let difference = 0;
  let mismatch: string | null = null;
  for (let i = 0; i < wanted.data.length; i++) {
    const gap = distance(wanted, got, i);
    if (gap > difference) difference = gap;
    const allowed = gap === 0 ? 0 : tolerance.absolute + tolerance.relative * Math.abs(toNumber(wanted, i));
    if (!(gap <= allowed)) {
      mismatch ??= `value ${i} is ${show(got, i)}, the notebook had ${show(wanted, i)}.`;
    }
  }
  return {difference, mismatch};
}

/** The largest difference of floats that are all within the tolerance, else null: a server compares beside its requests. */
function largestWithin(wanted: HostData, got: HostData, {absolute, relative}: Tolerance): number | null {
  if (!(wanted instanceof Float32Array && got instanceof Float32Array)) return null;
  let largest = 0;
  for (let i = 0; i < wanted.length; i++) {
    const value = wanted[i] as number;
    const gap = Math.abs((got[i] as number) - value);
    if (!(gap <= absolute + relative * Math.abs(value))) return null;
    if (gap > largest) largest = gap;
  }
  return largest;
}

/** @returns |got - wanted|; NaN where there is no such number, as between texts that differ. */
function distance(wanted: HostTensor, got: HostTensor, i: number): number {
  const a = wanted.data[i];
  const b = got.data[i];
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b) === 0 ? 0 : NaN;
  if (typeof a === 'bigint' && typeof b === 'bigint') return Math.abs(Number(b - a));
  return Math.abs(toNumber(got, i) - toNumber(wanted, i));
}

function toNumber({dtype, data}: HostTensor, i: number): number {
  const value = data[i];
  if (dtype === 'half') return fromHalf(Number(value));
  if (dtype === 'bfloat16') return fromBfloat16(Number(value));
  return Number(value);
}

function show(tensor: HostTensor, i: number): string {
  const value = tensor.data[i];
  if (value instanceof Uint8Array) return JSON.stringify(Buffer.from(value).toString('utf8').slice(0, 80));
  return typeof value === 'bigint' ? value.toString() : String(toNumber(tensor, i));
}

function mapValues<A, B>(record: Readonly<Record<string, A>>, change: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}
