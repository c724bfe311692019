export {CaptureError} from './errors.js';
export * from './recorder.js';
