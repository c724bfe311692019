export * from './error.js';
export {createGraphSession, loadGraphSession} from './graph-session.js';
export type {GraphSession, NativeTensor, Step, StepOptions, StepResult, StepSpec} from './graph-session.js';
export {nativeTensor} from './marshal.js';
export type {SessionOptions} from './options.js';
export * from './tensor.js';
