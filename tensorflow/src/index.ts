export {loadFrozenGraph, loadSavedModel, type Model} from './load.js';
export * from './session/index.js';
export {tf} from './native/tfjs.js';
export type {Nested, TensorLike, TfjsTensor} from './tensor/coerce.js';
export type {GoldenSamples} from './contract/index.js';
export type {Graph} from './graph/graph.js';
export {
  capture,
  CaptureError,
  type CapturedFunction,
  type CaptureOptions,
  type InputSpec,
  type InputSpecs,
  type Outputs,
  type TensorSignature,
} from './capture/index.js';
export {saveSavedModel, type SaveOptions} from './saved-model/index.js';
export {
  encodeImage,
  SummaryWriter,
  tensorBoard,
  type Embedding,
  type EncodedImage,
  type HParam,
  type Sample,
  type SummaryValue,
  type TensorBoardCallback,
  type TensorBoardOptions,
} from './tensorboard/index.js';
export {compile, uncompile, type CompiledStep, type CompileOptions, type StepOutputs} from './compile/index.js';
