import {
  isStrings,
  type Dtype,
  type HostData,
  type HostTensor,
  type SignatureSpec,
  type TensorSpec,
} from '@ingot/tensorflow/session';
import {allocate} from '../codec/dtype.js';
import {batchingErrors} from './errors.js';

/** Tensors by name. */
export type Named = Readonly<Record<string, HostTensor>>;
type Numbers = Exclude<HostData, readonly Uint8Array[]>;

/** True when every input and output has an unknown first axis, so that requests may be put one below the other. */
export function isBatchable({inputs, outputs}: SignatureSpec): boolean {
  const open = ({shape}: TensorSpec): boolean => shape !== null && shape[0] === -1;
  const [takes, gives] = [Object.values(inputs), Object.values(outputs)];
  return takes.length > 0 && gives.length > 0 && takes.every(open) && gives.every(open);
}

/** The number of rows that all inputs have; null when they disagree or one has no axis. */
export function countRows(inputs: Named): number | null {
  let rows: number | undefined;
  for (const name in inputs) {
    const size = inputs[name]?.shape[0];
    if (size === undefined || (rows !== undefined && rows !== size)) return null;
    rows = size;
  }
  return rows ?? null;
}

/** What tensors must have in common to be put together: names, dtypes, and all sizes but the first (or the rank alone). */
export function laneOf(inputs: Named, rankOnly: boolean): string {
  let lane = '';
  for (const name in inputs) {
    const {dtype, shape} = inputs[name] as HostTensor;
    lane += `${name}\0${dtype}`;
    if (rankOnly) lane += `\0${shape.length}`;
    else for (let i = 1; i < shape.length; i++) lane += `,${shape[i]}`;
    lane += '\n';
  }
  return lane;
}

/**
 * Puts the tensors of several requests below one another, and fills up to `rows` with the first row of the last one.
 * @param parts of one lane
 */
export function concatenate(parts: readonly Named[], rows: number): Record<string, HostTensor> {
  const joined: Record<string, HostTensor> = {};
  for (const name in parts[0])
    joined[name] = join(
      parts.map(part => part[name] as HostTensor),
      rows,
    );
  return joined;
}

function join(given: readonly HostTensor[], rows: number): HostTensor {
  const inner = largest(given);
  const tensors = given.map(tensor => padInner(tensor, inner));
  const [first, last] = [tensors[0] as HostTensor, tensors.at(-1) as HostTensor];
  const {dtype} = first;
  const shape = [rows, ...inner];
  const rowSize = inner.reduce((product, size) => product * size, 1) * width(dtype);
  const filler = sliceData(last.data, 0, rowSize);
  if (dtype === 'string') {
    const values = tensors.flatMap(({data}) => data as readonly Uint8Array[]);
    while (values.length < rows * rowSize) values.push(...(filler as readonly Uint8Array[]));
    return {dtype, shape, data: values};
  }
  const data = allocate(dtype, rows * (rowSize / width(dtype)));
  let at = 0;
  for (const tensor of tensors) {
    put(data, tensor.data as Numbers, at);
    at += tensor.data.length;
  }
  for (; at < data.length && rowSize > 0; at += rowSize) put(data, filler as Numbers, at);
  return {dtype, shape, data};
}

/** Cuts outputs into pieces of so many rows; rows beyond them were filling and are left out. Nothing is copied. */
export function splitRows(outputs: Named, counts: readonly number[], rows: number): Record<string, HostTensor>[] {
  const pieces = counts.map((): Record<string, HostTensor> => ({}));
  for (const name in outputs) {
    const {dtype, shape, data} = outputs[name] as HostTensor;
    if (shape.length === 0) throw batchingErrors.scalarOutput();
    if (shape[0] !== rows) throw batchingErrors.outputRows();
    const rowSize = data.length / rows;
    let at = 0;
    counts.forEach((count, i) => {
      const piece = pieces[i] as Record<string, HostTensor>;
      const end = at + count * rowSize;
      piece[name] = {dtype, shape: [count, ...shape.slice(1)], data: sliceData(data, at, end)};
      at = end;
    });
  }
  return pieces;
}

/** Cuts the inputs of a request into pieces of at most `most` rows. */
export function cutUp(inputs: Named, rows: number, most: number): {inputs: Named; rows: number}[] {
  const counts: number[] = [];
  for (let left = rows; left > 0; left -= most) counts.push(Math.min(most, left));
  return splitRows(inputs, counts, rows).map((piece, i) => ({inputs: piece, rows: counts[i] as number}));
}

function largest(tensors: readonly HostTensor[]): number[] {
  const inner = (tensors[0] as HostTensor).shape.slice(1);
  for (const {shape} of tensors)
    for (let i = 0; i < inner.length; i++) inner[i] = Math.max(inner[i] ?? 0, shape[i + 1] ?? 0);
  return inner;
}

/** Widens the axes after the first; what is new has the value of the tensor's first element, as with the original. */
function padInner(tensor: HostTensor, inner: readonly number[]): HostTensor {
  const {dtype, shape, data} = tensor;
  if (inner.every((size, i) => shape[i + 1] === size)) return tensor;
  const unit = width(dtype);
  const wide = [shape[0] ?? 0, ...inner];
  const count = wide.reduce((product, size) => product * size, 1);
  const padded: HostData =
    dtype === 'string'
      ? Array.from({length: count}, () => (data[0] as Uint8Array | undefined) ?? new Uint8Array(0))
      : allocate(dtype, count);
  const target = padded as unknown as unknown[];
  if (dtype !== 'string') for (let i = 0; i < padded.length; i++) target[i] = data[i % unit] ?? target[i];
  copyBlock(data as unknown as unknown[], shape, target, wide, unit);
  return {dtype, shape: wide, data: padded};
}

function copyBlock(
  from: readonly unknown[],
  fromShape: readonly number[],
  to: unknown[],
  toShape: readonly number[],
  unit: number,
): void {
  const walk = (axis: number, source: number, target: number): void => {
    if (axis === fromShape.length) {
      for (let i = 0; i < unit; i++) to[target * unit + i] = from[source * unit + i];
      return;
    }
    const [rows, wide] = [fromShape[axis] ?? 0, toShape[axis] ?? 0];
    for (let i = 0; i < rows; i++) walk(axis + 1, source * rows + i, target * wide + i);
  };
  walk(0, 0, 0);
}

/** Array elements for one value: a complex number takes two. */
function width(dtype: Dtype): number {
  return dtype === 'complex64' || dtype === 'complex128' ? 2 : 1;
}

function sliceData(data: HostData, from: number, to: number): HostData {
  return isStrings(data) ? data.slice(from, to) : data.subarray(from, to);
}

/** Both are of one kind: they have the same dtype. */
function put(into: Numbers, values: Numbers, at: number): void {
  (into as Float32Array).set(values as Float32Array, at);
}
