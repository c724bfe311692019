import {createHash, randomUUID} from 'node:crypto';
import {existsSync} from 'node:fs';
import {mkdir, readFile, rename, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {Dtype, HostData, HostTensor} from '../../tensor/tensor.js';
import {home, python, root} from './python.js';

/** One call of a signature and what Python's TensorFlow answered. */
export interface Case {
  readonly model: string;
  readonly signature: string;
  readonly inputs: Readonly<Record<string, HostTensor>>;
  readonly outputs: Readonly<Record<string, HostTensor>>;
}

/**
 * A folder of what a Python script of `testing/` writes into the folder that it is given; what it prints is in `cases.json`.
 * Python needs seconds to write models, so that they are kept under `.ingot` for as long as the script is the same: a test
 * that changes one copies it first.
 */
export async function written(name: string): Promise<string> {
  const script = `session/testing/${name}`;
  const key = createHash('sha256')
    .update(await readFile(join(root, 'tensorflow/src', script)))
    .digest('hex')
    .slice(0, 12);
  const dir = join(home, 'test-models', key);
  if (!existsSync(dir)) {
    const beside = `${dir}.${randomUUID()}`;
    await mkdir(beside, {recursive: true});
    await writeFile(join(beside, 'cases.json'), await python(script, beside));
    // Another test may have been quicker.
    await rename(beside, dir).catch(() => rm(beside, {recursive: true}));
  }
  return dir;
}

/** The models of models.py with what Python made of them. */
export async function writeModels(): Promise<{dir: string; cases: Case[]}> {
  const dir = await written('models.py');
  const cases = JSON.parse(await readFile(join(dir, 'cases.json'), 'utf8'), (key, value) =>
    key === 'inputs' || key === 'outputs' ? decodeAll(value) : value,
  ) as Case[];
  return {dir, cases};
}

interface Encoded {
  dtype: Dtype;
  shape: number[];
  data: string | string[];
}

function decodeAll(tensors: Record<string, Encoded>): Record<string, HostTensor> {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, {dtype, shape, data}]) => [name, {dtype, shape, data: decode(dtype, data)}]),
  );
}

function decode(dtype: Dtype, data: string | string[]): HostData {
  if (typeof data !== 'string') return data.map(bytes => new Uint8Array(Buffer.from(bytes, 'base64')));
  const bytes = new Uint8Array(Buffer.from(data, 'base64')).buffer;
  switch (dtype) {
    case 'float32':
    case 'complex64':
      return new Float32Array(bytes);
    case 'float64':
    case 'complex128':
      return new Float64Array(bytes);
    case 'int8':
      return new Int8Array(bytes);
    case 'int16':
      return new Int16Array(bytes);
    case 'int32':
      return new Int32Array(bytes);
    case 'int64':
      return new BigInt64Array(bytes);
    case 'uint32':
      return new Uint32Array(bytes);
    case 'uint64':
      return new BigUint64Array(bytes);
    case 'half':
    case 'bfloat16':
    case 'uint16':
      return new Uint16Array(bytes);
    default:
      return new Uint8Array(bytes);
  }
}

/** Of a float32 tensor's values. */
export function floats(...values: number[]): Float32Array {
  return Float32Array.from(values);
}

/** Compares by bytes, so that NaN equals NaN and -0 does not equal 0. */
export function bytesOf(data: HostData): Uint8Array[] {
  if (Array.isArray(data)) return data.map((element: Uint8Array) => Uint8Array.from(element));
  const {buffer, byteOffset, byteLength} = data as Float32Array;
  return [Uint8Array.from(new Uint8Array(buffer, byteOffset, byteLength))];
}
