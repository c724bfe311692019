import type {Tensor} from '@tensorflow/tfjs-node';
import {tf} from '../native/index.js';

/** One attribute of an op as tfjs-node's kernels give it; `type` is a `TF_ATTR_*` number of the binding. */
export interface OpAttr {
  readonly name: string;
  readonly type: number;
  readonly value: unknown;
}

/** What the binding tells of a tensor that an op made. `dtype` is TensorFlow's DataType enum. */
export interface TensorMetadata {
  readonly id: number;
  readonly dtype: number;
  readonly shape: number[];
}

/** Values of a host tensor: a typed array, or bytes per element for strings. */
export type HostValues = Float32Array | Int32Array | Uint8Array | Uint8Array[];

/** The part of tfjs-node's native binding that ops go through. */
export interface Binding {
  executeOp(name: string, attrs: readonly OpAttr[], inputIds: readonly number[], outputs: number): TensorMetadata[];
  createTensor(shape: number[], dtype: number, values: HostValues): number;
  deleteTensor(id: number): void;
  tensorDataSync(id: number): HostValues;
  readonly TF_Version: string;
  readonly TF_ATTR_STRING: number;
  readonly TF_ATTR_INT: number;
  readonly TF_ATTR_FLOAT: number;
  readonly TF_ATTR_BOOL: number;
  readonly TF_ATTR_TYPE: number;
  readonly TF_ATTR_SHAPE: number;
}

/** What tfjs-node's backend keeps for a `dataId`. `values` is set while the tensor lies in JavaScript only. */
export interface TensorEntry {
  readonly shape: number[];
  readonly dtype: number;
  id: number;
  values: HostValues | null;
}

/** tfjs-node's backend, as far as recording needs it. */
export interface NodeBackend {
  binding: Binding;
  readonly tensorMap: {get(dataId: object): TensorEntry | undefined; has(dataId: object): boolean};
  getInputTensorIds(tensors: readonly Tensor[]): number[];
  readSync(dataId: object): HostValues;
  write(values: HostValues, shape: number[], dtype: string): object;
  incRef(dataId: object): void;
  disposeData(dataId: object, force?: boolean): boolean;
}

/**
 * @throws Error when tfjs runs on another backend than TensorFlow's.
 */
export function nodeBackend(): NodeBackend {
  if (tf.getBackend() !== 'tensorflow') {
    throw new Error(
      `Recording needs tfjs's "tensorflow" backend, but "${tf.getBackend()}" is in use: call tf.setBackend('tensorflow').`,
    );
  }
  return tf.backend() as unknown as NodeBackend;
}
