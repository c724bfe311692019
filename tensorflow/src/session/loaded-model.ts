import type {SignatureSpec} from '../tensor/signature.js';
import type {HostTensor} from '../tensor/tensor.js';

/** What is needed of an AbortSignal; whoever answers many calls may have something lighter. */
export interface CancelSignal {
  readonly aborted: boolean;
  readonly reason?: unknown;
  addEventListener(type: 'abort', listener: () => void, options?: {once?: boolean}): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

export interface RunOptions {
  /**
   * Give up after so many milliseconds with a DEADLINE_EXCEEDED error. What computes ends before its next op; on macOS and
   * in the GPU build only loops and ops that wait do, and ops in a row go on to their end in the background.
   */
  readonly deadlineMs?: number | undefined;
  /** Only these outputs are computed. */
  readonly outputs?: readonly string[] | undefined;
  /** Give up with a CANCELLED error. What computes ends before its next op, but on macOS and in the GPU build. */
  readonly signal?: CancelSignal | undefined;
  /**
   * False leaves dtypes and shapes to the graph, which may take more than its signature says (TensorFlow Serving's
   * contract); names are checked always.
   */
  readonly checkSpecs?: boolean | undefined;
  /** Nobody waits for it: in the engine's process it computes only with what other runs leave of the processors. */
  readonly background?: boolean | undefined;
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
