import type {Dtype, HostTensor} from '../tensor/tensor.js';

/** A tensor that stays in TensorFlow's memory between runs. Freed by `dispose()`, else with the garbage. */
export interface NativeTensor {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly byteLength: number;
  /** A copy of its values. @throws TensorFlowError FAILED_PRECONDITION after `dispose()`. */
  toHost(): HostTensor;
  dispose(): void;
}
