export {capture, type CapturedFunction, type CaptureOptions, type Outputs, type TensorSignature} from './capture.js';
export {CaptureError} from '../recording/errors.js';
export type {InputSpec, InputSpecs} from './signature.js';
