import {mendTfjsHistograms} from './tfjs-histograms.js';

export {tensorBoard, TensorBoardCallback, type TensorBoardOptions} from './callback.js';
export {sessionEnd, sessionStart, type HParam, type HParamMetric} from './hparams.js';
export {encodeImage} from './image.js';
export type {Sample} from './model-view.js';
export type {Embedding} from './projector.js';
export type {SummaryValue} from './messages.js';
export type {EncodedImage} from './summary.js';
export {SummaryWriter} from './writer.js';

mendTfjsHistograms();
