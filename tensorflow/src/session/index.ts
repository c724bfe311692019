export * from './error.js';
export {loadFrozenGraph, type FrozenOptions} from './frozen.js';
export {compareTensor, replayGolden, type GoldenReport, type Tolerance} from './golden.js';
export {createGraphSession, loadGraphSession} from './graph-session.js';
export type {GraphSession, NativeTensor, Step, StepOptions, StepResult, StepSpec} from './graph-session.js';
export {nativeTensor} from './marshal.js';
export type {SessionOptions} from './options.js';
export {loadSavedModel, type LoadedSavedModel, type LoadOptions} from './saved-model.js';
export * from './tensor.js';
