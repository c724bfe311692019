import {type FileHandle, open, readdir, rm} from 'node:fs/promises';
import {basename, dirname, join} from 'node:path';
import type {NamedTensorMap, Tensor} from '@tensorflow/tfjs-node';
import {tf} from '@ingot/tensorflow';
import {replaceFile} from '../replace-file.js';

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
  /** In an epoch; undefined while that is not known. */
  readonly batches?: number | undefined;
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
const LARGEST_HEADER = 64 * 1024 * 1024;
/** One call of the operating system reads or writes less than 2 GiB. */
const CHUNK_BYTES = 1 << 30;

/**
 * Replaces the checkpoint at the path: a crash leaves the old one or the new one whole. One tensor at a time is copied out
 * of TensorFlow, so that a checkpoint of gigabytes needs the memory of its largest tensor.
 */
export async function writeCheckpoint(
  path: string,
  progress: Progress,
  tensors: Readonly<Record<string, Tensor>>,
): Promise<void> {
  const specs = Object.entries(tensors).map(([name, {dtype, shape}]) => ({name, dtype, shape}) as TensorSpec);
  const header = Buffer.from(JSON.stringify({formatVersion: 1, progress, tensors: specs} satisfies Header));
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeBigUInt64LE(BigInt(header.length));
  await replaceFile(path, async file => {
    await file.writev([length, header]);
    for (const tensor of Object.values(tensors)) {
      const bytes = bytesOf(await tensor.data());
      for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
        await file.writeFile(bytes.subarray(at, at + CHUNK_BYTES));
      }
    }
  });
}

/**
 * @returns the checkpoint, or undefined when there is none.
 * @throws Error when the file is no checkpoint.
 */
export async function readCheckpoint(path: string): Promise<Checkpoint | undefined> {
  return withFile(path, async file => {
    const {header, end} = await readHeader(file);
    const tensors: NamedTensorMap = {};
    let position = end;
    try {
      for (const {name, dtype, shape} of header.tensors) {
        const array = new ARRAYS[dtype](shape.reduce((product, each) => product * each, 1));
        await readInto(file, bytesOf(array), position, `"${name}"`);
        position += array.byteLength;
        tensors[name] = tf.tensor(array, [...shape], dtype);
      }
    } catch (error) {
      tf.dispose(tensors);
      throw error;
    }
    return {progress: header.progress, tensors};
  });
}

/** As `readCheckpoint`, without the tensors. */
export async function readProgress(path: string): Promise<Progress | undefined> {
  return withFile(path, async file => (await readHeader(file)).header.progress);
}

async function withFile<T>(path: string, read: (file: FileHandle) => Promise<T>): Promise<T | undefined> {
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return await read(file);
  } catch (error) {
    throw new Error(`${path} is no checkpoint: ${(error as Error).message}. Delete it to train anew.`, {cause: error});
  } finally {
    await file.close();
  }
}

async function readHeader(file: FileHandle): Promise<{header: Header; end: number}> {
  const length = Buffer.alloc(LENGTH_BYTES);
  await readInto(file, length, 0, 'its length');
  const size = length.readBigUInt64LE();
  if (size > BigInt(LARGEST_HEADER)) throw new Error(`its header would have ${size} bytes`);
  const bytes = Buffer.alloc(Number(size));
  await readInto(file, bytes, LENGTH_BYTES, 'its header');
  const header = JSON.parse(bytes.toString('utf8')) as Header;
  if (header.formatVersion !== 1) throw new Error(`its format is ${String(header.formatVersion)}, not 1`);
  return {header, end: LENGTH_BYTES + bytes.length};
}

/** @throws Error when the file ends before `into` is full. */
async function readInto(file: FileHandle, into: Uint8Array, position: number, what: string): Promise<void> {
  for (let at = 0; at < into.length;) {
    const {bytesRead} = await file.read(into, at, Math.min(CHUNK_BYTES, into.length - at), position + at);
    if (bytesRead === 0) throw new Error(`it ends within ${what}`);
    at += bytesRead;
  }
}

const bytesOf = ({buffer, byteOffset, byteLength}: ArrayBufferView) => new Uint8Array(buffer, byteOffset, byteLength);

/** Removes the checkpoint, and what a crash while one was written has left beside it. */
export async function removeCheckpoint(path: string): Promise<void> {
  const beside = await readdir(dirname(path)).catch(() => []);
  const left = beside.filter(name => name.startsWith(`${basename(path)}.incoming-`));
  await Promise.all([path, ...left.map(name => join(dirname(path), name))].map(each => rm(each, {force: true})));
}
