import type {CustomCallback, LayersModel, Tensor} from '@tensorflow/tfjs-node';
import {shapedAsOutputs} from './targets.js';
import type {TrainOptions} from './options.js';

export interface Fit {
  readonly initialEpoch: number;
  readonly epochs: number;
  readonly validation: readonly [x: Tensor | Tensor[], y: Tensor | Tensor[]] | undefined;
  readonly callbacks: readonly CustomCallback[];
}

/** `model.fit`, or `model.fitDataset` for a stream. */
export async function fit(model: LayersModel, options: TrainOptions, how: Fit): Promise<void> {
  const {initialEpoch, epochs, validation, callbacks} = how;
  const common = {
    initialEpoch,
    epochs,
    verbose: 0 as const,
    validationBatchSize: 256,
    callbacks: [...callbacks],
    ...(validation === undefined ? {} : {validationData: [...validation] as [Tensor, Tensor]}),
  };
  if ('stream' in options) {
    const {stream, batchesPerEpoch} = options;
    const shaped = stream.map(({xs, ys}) => ({xs, ys: shapedAsOutputs(model, ys).targets as Tensor}));
    await model.fitDataset(shaped, {...common, ...(batchesPerEpoch === undefined ? {} : {batchesPerEpoch})});
    return;
  }
  const {x, y, batchSize = 32, shuffle = true} = options;
  const {targets, made} = shapedAsOutputs(model, y);
  try {
    await model.fit(x, targets, {...common, batchSize, shuffle});
  } finally {
    made.forEach(tensor => tensor.dispose());
  }
}

/** How many batches an epoch has; undefined for a stream that does not say. */
export function batchesOf(options: TrainOptions): number | undefined {
  if ('stream' in options) return options.batchesPerEpoch;
  const [first] = [options.x].flat();
  return Math.ceil((first?.shape[0] ?? 0) / (options.batchSize ?? 32));
}
