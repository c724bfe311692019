export {loadFrozenGraph, loadSavedModel, type Model} from './load.js';
export * from './session/index.js';
export {tf} from './native/tfjs.js';
export type {TensorLike} from './session/coerce.js';
