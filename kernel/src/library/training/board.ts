import type {LayersModel} from '@tensorflow/tfjs-node';
import {tensorBoard} from '@ingot/tensorflow';
import type {TrainOptions} from './options.js';

/** Histograms of more weights than this are written only when they are asked for. */
const MOST_WEIGHTS = 1e6;

/** The callback that writes the TensorBoard run of a training. */
export function boardOf(
  model: LayersModel,
  options: TrainOptions,
  run: {readonly folder: string; readonly initialStep: number},
): ReturnType<typeof tensorBoard> {
  const {learningRate} = model.optimizer.getConfig();
  const {hparams, ...shown} = options.tensorBoard ?? {};
  return tensorBoard(run.folder, {
    initialStep: run.initialStep,
    histogramFreq: model.countParams() <= MOST_WEIGHTS ? 1 : 0,
    ...shown,
    hparams: {
      optimizer: model.optimizer.getClassName(),
      ...(typeof learningRate === 'number' && {learning_rate: learningRate}),
      ...('stream' in options ? {} : {batch_size: options.batchSize ?? 32}),
      ...hparams,
    },
  });
}
