import {mkdir, open, readFile, rename, rm} from 'node:fs/promises';
import {dirname} from 'node:path';
import type {NamedTensorMap, Tensor} from '@tensorflow/tfjs-node';
import {tf} from '@ingot/tensorflow';

/** How far a training has come, besides its tensors. */
export interface Progress {
  /** The TensorBoard run, relative to the log folder. */
  readonly run: string;
  readonly savedAt: string;
  readonly seconds: number;
  /** By epoch; its length is the number of epochs that are done. */
  readonly loss: readonly number[];
  /** By epoch, the untrained model's first; empty without validation data. */
  readonly validation: readonly number[];
  /** Null when there are no validation data to choose by. */
  readonly best: {readonly epoch: number; readonly loss: number} | null;
}

export interface Checkpoint {
  readonly progress: Progress;
  /** By name. Whoever reads a checkpoint disposes of them. */
  readonly tensors: NamedTensorMap;
}

/** What the weights and optimizers of tfjs hold. */
const ARRAYS = {float32: Float32Array, int32: Int32Array} as const;

interface TensorSpec {
  readonly name: string;
  readonly dtype: keyof typeof ARRAYS;
  readonly shape: readonly number[];
}

/** The tensors' values follow it, in its order. */
interface Header {
  readonly formatVersion: 1;
  readonly progress: Progress;
  readonly tensors: readonly TensorSpec[];
}

/** The file starts with the header's length in bytes, little-endian. */
const LENGTH_BYTES = 8;

/** Replaces the checkpoint at the path: a crash leaves the old one or the new one whole. */
export async function writeCheckpoint(
  path: string,
  progress: Progress,
  tensors: Readonly<Record<string, Tensor>>,
): Promise<void> {
  const specs = Object.entries(tensors).map(([name, {dtype, shape}]) => ({name, dtype, shape}) as TensorSpec);
  const values = await Promise.all(Object.values(tensors).map(tensor => tensor.data()));
  const header = Buffer.from(JSON.stringify({formatVersion: 1, progress, tensors: specs} satisfies Header));
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeBigUInt64LE(BigInt(header.length));
  await mkdir(dirname(path), {recursive: true});
  const beside = `${path}.incoming`;
  try {
    const file = await open(beside, 'w');
    try {
      await file.writev([length, header, ...values.map(bytesOf)]);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(beside, path);
  } catch (error) {
    await rm(beside, {force: true});
    throw error;
  }
}

/**
 * @returns the checkpoint, or undefined when there is none.
 * @throws Error when the file is no checkpoint.
 */
export async function readCheckpoint(path: string): Promise<Checkpoint | undefined> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const end = LENGTH_BYTES + Number(bytes.readBigUInt64LE());
    const {formatVersion, progress, tensors} = JSON.parse(bytes.toString('utf8', LENGTH_BYTES, end)) as Header;
    if (formatVersion !== 1) throw new Error(`its format is ${String(formatVersion)}, not 1`);
    return {progress, tensors: decode(tensors, bytes.subarray(end))};
  } catch (error) {
    throw new Error(`${path} is no checkpoint: ${(error as Error).message}. Delete it to train anew.`, {cause: error});
  }
}

const bytesOf = ({buffer, byteOffset, byteLength}: ArrayBufferView) => new Uint8Array(buffer, byteOffset, byteLength);

function decode(specs: readonly TensorSpec[], bytes: Uint8Array): NamedTensorMap {
  let offset = 0;
  const values = specs.map(({name, dtype, shape}) => {
    const size = shape.reduce((product, each) => product * each, 1);
    const end = offset + size * ARRAYS[dtype].BYTES_PER_ELEMENT;
    if (end > bytes.length) throw new Error(`it ends within "${name}"`);
    const array = new ARRAYS[dtype](size);
    bytesOf(array).set(bytes.subarray(offset, end));
    offset = end;
    return [name, array] as const;
  });
  return Object.fromEntries(
    specs.map(({name, dtype, shape}, index) => [name, tf.tensor(values[index]?.[1] ?? [], [...shape], dtype)]),
  );
}

export async function removeCheckpoint(path: string): Promise<void> {
  await rm(path, {force: true});
}
