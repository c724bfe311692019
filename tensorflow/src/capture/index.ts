export {capture, type CapturedFunction, type CaptureOptions, type Outputs, type TensorSignature} from './capture.js';
export {CaptureError} from './errors.js';
export * from './graph.js';
export * from './recorder.js';
export type {InputSpec, InputSpecs} from './signature.js';
