import type {CustomCallback, data, Tensor} from '@tensorflow/tfjs-node';
import type {TensorBoardOptions} from '@ingot/tensorflow';

export interface Examples {
  readonly x: Tensor | Tensor[];
  /** One dimension less than the outputs is repeated along the last, as quantile forecasts need. */
  readonly y: Tensor | Tensor[];
}

/** Batches that are made while the model trains, for data that do not fit into memory or are made up on the way. */
export interface ExampleStream {
  /** Gives {xs, ys} in batches, e.g. `tf.data.generator(rows).batch(64)`. An epoch is one pass, unless told otherwise. */
  readonly stream: data.Dataset<{xs: Tensor; ys: Tensor}>;
  /** So many batches are an epoch: needed for a stream without an end, and lets the time left be told from the start. */
  readonly batchesPerEpoch?: number;
}

export interface TrainSettings {
  /** The model's name, e.g. "gold": names the folder of its TensorBoard runs. */
  readonly name: string;
  /** Judged after each epoch, never trained on. With it, the best epoch's weights are kept, the untrained ones included. */
  readonly validation?: Examples;
  /** At most so many passes over the data; 50 by default. */
  readonly epochs?: number;
  /** Of `x` and `y`, 32 by default; a stream has its own. */
  readonly batchSize?: number;
  /** Stops after so many epochs without a better validation loss; 10 by default. */
  readonly patience?: number;
  /** False trains operation by operation, as plain tfjs does: slower, with the same result. */
  readonly compiled?: boolean;
  /** False keeps the order of `x` and `y` in every epoch. */
  readonly shuffle?: boolean;
  /**
   * Goes on where an earlier training of this name was interrupted or its kernel died, from the last checkpoint: weights,
   * optimizer, epoch and TensorBoard run. Starts anew when there is none.
   */
  readonly resume?: boolean;
  /**
   * A checkpoint is written when the training is interrupted, and at the end of an epoch when so many seconds have passed
   * since the last; by default 10, or more where checkpoints would take more than a twentieth of the time.
   */
  readonly checkpointSeconds?: number;
  /**
   * What the TensorBoard run has besides losses, metrics, learning rate, graph and step times: every how many epochs
   * histograms are written (each, for up to a million weights), a `sample` batch for those of gradients and activations,
   * settings of yours for the HParams table (`hparams`), which has optimizer, learning rate and batch size, and the batches
   * recorded for the Profile tab (`profileBatch`).
   */
  readonly tensorBoard?: Pick<
    TensorBoardOptions,
    'histogramFreq' | 'hparams' | 'profileBatch' | 'sample' | 'updateFreq'
  >;
  /** More tfjs callbacks. */
  readonly callbacks?: readonly CustomCallback[];
}

/** What to train on, either `x` and `y` or a `stream`, and how. */
export type TrainOptions = TrainSettings & (Examples | ExampleStream);
