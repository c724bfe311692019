import {DTYPES} from '../session/index.js';
import type {Binding, HostValues, TensorMetadata} from './backend.js';
import type {Value} from './recording.js';

/** Ops that make as many values as their inputs happen to hold, and which of their outputs. */
const VALUE_SIZED: Readonly<Record<string, readonly number[]>> = {
  NonMaxSuppressionV3: [0],
  NonMaxSuppressionV4: [0],
  NonMaxSuppressionV5: [0, 1],
  UniqueV2: [0],
  Where: [0],
};

/** The outputs of an op whose size depends on values that vary. */
export function valueSizedOutputs(op: string, attrs: readonly {name: string; value: unknown}[], varies: boolean) {
  const isPadded = attrs.some(({name, value}) => name === 'pad_to_max_output_size' && value === true);
  return varies && !isPadded ? (VALUE_SIZED[op] ?? []) : [];
}

/** The axis of such an output that may have any size. */
export function valueSizedAxis(op: string, inputs: readonly Value[]): number {
  const axis = op === 'UniqueV2' ? inputs[1] : undefined;
  return axis?.kind === 'constant' ? ((axis.values[0] as number | undefined) ?? 0) : 0;
}

const SIZES = [5, 3, 8, 4, 11, 6, 9, 12];

/**
 * A size to pretend in a recording: another one in each, in no line with the sizes tried for unknown dimensions, so that
 * whatever depends on it shows as a difference between recordings.
 * @param ordinal of the op among those in the recording
 */
export function pretendedSize(trial: number, ordinal: number): number {
  return SIZES[(trial + 3 * ordinal) % SIZES.length] as number;
}

/** A tensor of another size along an axis, with the same values again and again; the original is freed. */
export function resized(binding: Binding, tensor: TensorMetadata, axis: number, size: number): TensorMetadata {
  const {id, dtype, shape} = tensor;
  const length = shape[axis] as number;
  const wanted = shape.map((old, i) => (i === axis ? size : old));
  if (length === 0) {
    binding.deleteTensor(id);
    const count = wanted.reduce((product, n) => product * n, 1);
    return {id: binding.createTensor(wanted, dtype, zeros(dtype, count)), dtype, shape: wanted};
  }
  const indices = binding.createTensor(
    [size],
    DTYPES.int32,
    Int32Array.from({length: size}, (_, i) => i % length),
  );
  const along = binding.createTensor([], DTYPES.int32, Int32Array.of(axis));
  const type = (name: string, value: number) => ({name, type: binding.TF_ATTR_TYPE, value});
  const attrs = [type('Tparams', dtype), type('Tindices', DTYPES.int32), type('Taxis', DTYPES.int32)];
  const [gathered] = binding.executeOp('GatherV2', attrs, [id, indices, along], 1);
  for (const used of [id, indices, along]) binding.deleteTensor(used);
  return gathered as TensorMetadata;
}

function zeros(dtype: number, count: number): HostValues {
  if (dtype === DTYPES.string) return Array.from({length: count}, () => new Uint8Array(0));
  if (dtype === DTYPES.bool) return new Uint8Array(count);
  return dtype === DTYPES.int32 ? new Int32Array(count) : new Float32Array(count);
}
