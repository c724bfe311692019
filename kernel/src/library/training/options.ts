import type {CustomCallback, Tensor} from '@tensorflow/tfjs-node';

export interface Examples {
  readonly x: Tensor | Tensor[];
  /** One dimension less than the outputs is repeated along the last, as quantile forecasts need. */
  readonly y: Tensor | Tensor[];
}

export interface TrainOptions extends Examples {
  /** The model's name, e.g. "gold": names the folder of its TensorBoard runs. */
  readonly name: string;
  /** Judged after each epoch, never trained on. With it, the best epoch's weights are kept, the untrained ones included. */
  readonly validation?: Examples;
  /** At most so many passes over the data; 50 by default. */
  readonly epochs?: number;
  /** 32 by default. */
  readonly batchSize?: number;
  /** Stops after so many epochs without a better validation loss; 10 by default. */
  readonly patience?: number;
  /** False trains operation by operation, as plain tfjs does: slower, with the same result. */
  readonly compiled?: boolean;
  /** False keeps the order of the examples in every epoch. */
  readonly shuffle?: boolean;
  /**
   * Goes on where an earlier training of this name was interrupted or its kernel died, from the last checkpoint: weights,
   * optimizer, epoch and TensorBoard run. Starts anew when there is none.
   */
  readonly resume?: boolean;
  /**
   * A checkpoint is written at the end of an epoch when so many seconds have passed since the last; by default 10,
   * or more where checkpoints would take more than a twentieth of the time.
   */
  readonly checkpointSeconds?: number;
  /** More tfjs callbacks. */
  readonly callbacks?: readonly CustomCallback[];
}
