export * from './build.js';
export * from './device.js';
export * from './error.js';
export * from './gpu.js';
export {tf} from './tfjs.js';
