import type {Dtype} from './tensor.js';

/** An input or output of a signature. `shape` is null when the rank is unknown; -1 stands for an unknown size. */
export interface TensorSpec {
  readonly dtype: Dtype;
  readonly shape: readonly number[] | null;
  /** The tensor in the graph, e.g. "x:0". */
  readonly tensorName: string;
}

export interface SignatureSpec {
  readonly methodName: string;
  readonly inputs: Readonly<Record<string, TensorSpec>>;
  readonly outputs: Readonly<Record<string, TensorSpec>>;
}
