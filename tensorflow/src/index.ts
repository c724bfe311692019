export * from './session/index.js';
export {tf} from './native/tfjs.js';
