export * from './session/index.js';
export {tf} from './native/index.js';
