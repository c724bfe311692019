export {tensorBoard, TensorBoardCallback, type TensorBoardOptions} from './callback.js';
export {SummaryWriter} from './writer.js';
export type {EncodedImage} from './summary.js';
