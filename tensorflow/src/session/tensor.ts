/**
 * Tensors as the session takes and gives them: host memory, no tfjs.
 * Values are row-major. `half` and `bfloat16` are raw bits; `string` elements are bytes.
 */
export interface HostTensor {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly data: HostData;
}

export type HostData =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array
  | readonly Uint8Array[];

/** TensorFlow's DataType enum (tensorflow/core/framework/types.proto), by the lower-case names that Python uses. */
export const DTYPES = {
  float32: 1,
  float64: 2,
  int32: 3,
  uint8: 4,
  int16: 5,
  int8: 6,
  string: 7,
  complex64: 8,
  int64: 9,
  bool: 10,
  bfloat16: 14,
  uint16: 17,
  complex128: 18,
  half: 19,
  uint32: 22,
  uint64: 23,
} as const;
export type Dtype = keyof typeof DTYPES;

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

export interface RunOptions {
  /**
   * Give up after so many milliseconds with a DEADLINE_EXCEEDED error. What computes ends before its next op; on macOS and
   * in the GPU build only loops and ops that wait do, and ops in a row go on to their end in the background.
   */
  readonly deadlineMs?: number;
  /** Only these outputs are computed. */
  readonly outputs?: readonly string[];
  /** Give up with a CANCELLED error. What computes ends before its next op, but on macOS and in the GPU build. */
  readonly signal?: AbortSignal;
  /**
   * False leaves dtypes and shapes to the graph, which may take more than its signature says (TensorFlow Serving's
   * contract); names are checked always.
   */
  readonly checkSpecs?: boolean;
  /** Nobody waits for it: in the engine's process it computes only with what other runs leave of the processors. */
  readonly background?: boolean;
}

/** A loaded SavedModel (or frozen graph) whose runs never block the event loop. */
export interface LoadedModel {
  readonly signatures: Readonly<Record<string, SignatureSpec>>;
  /**
   * @throws TensorFlowError with the canonical code and TensorFlow's own message.
   */
  run(
    signature: string,
    inputs: Readonly<Record<string, HostTensor>>,
    options?: RunOptions,
  ): Promise<Record<string, HostTensor>>;
  /** Waits for running calls, then frees the native session. Calling it again does nothing. */
  dispose(): Promise<void>;
}
