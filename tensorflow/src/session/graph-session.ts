import type {HostTensor, Dtype} from './tensor.js';

/** How a session computes. */
export interface SessionOptions {
  /** Threads for one op (`intra`) and for ops side by side (`inter`); a number is both. TensorFlow decides when not given. */
  readonly threads?: number | {readonly intra?: number; readonly inter?: number};
  /** `auto` (default) is INGOT_DEVICE, else a GPU if TensorFlow reports one. `gpu` without a GPU is an error. */
  readonly device?: 'auto' | 'cpu' | 'gpu';
}

/** A tensor that stays in TensorFlow's memory between runs. Freed by `dispose()`, else with the garbage. */
export interface NativeTensor {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly byteLength: number;
  /** A copy of its values. @throws TensorFlowError FAILED_PRECONDITION after `dispose()`. */
  toHost(): HostTensor;
  dispose(): void;
}

/** Names as in a GraphDef: "node" or "node:1" for a tensor, "node" for a target. */
export interface StepSpec {
  readonly feeds: readonly string[];
  /** Tensors that come back as host memory. */
  readonly fetches?: readonly string[];
  /** Tensors that come back as NativeTensor. */
  readonly keep?: readonly string[];
  /** Nodes that only have to run (assignments, initialisers). */
  readonly targets?: readonly string[];
}

export interface StepResult {
  /** In the order of `StepSpec.fetches`. */
  readonly fetched: readonly HostTensor[];
  /** In the order of `StepSpec.keep`; the caller disposes of them. */
  readonly kept: readonly NativeTensor[];
}

export interface StepOptions {
  readonly deadlineMs?: number;
  readonly signal?: AbortSignal;
}

/** A set of feeds, fetches and targets whose names are resolved already. Valid as long as its session. */
export interface Step {
  /** Off the event loop; several may run at once. Host data must not change until the promise settles. */
  run(feeds: readonly (HostTensor | NativeTensor)[], options?: StepOptions): Promise<StepResult>;
  /** On the calling thread: for callers that are synchronous by contract (a tfjs kernel). */
  runSync(feeds: readonly (HostTensor | NativeTensor)[]): StepResult;
}

/** A graph and its state (variables, tables) in one TensorFlow session. */
export interface GraphSession {
  /** @throws TensorFlowError NOT_FOUND when the graph has no such node or output. */
  prepare(step: StepSpec): Step;
  /** Waits for running steps, then frees graph, state and memory. Calling it again does nothing. */
  dispose(): Promise<void>;
}

/** Makes a session from a serialized GraphDef. A class or function with these names follows:
 *  createGraphSession(graphDef: Uint8Array, options?: SessionOptions): GraphSession
 *  nativeTensor(tensor: HostTensor): NativeTensor */
