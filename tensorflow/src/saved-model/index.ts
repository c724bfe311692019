export {saveSavedModel, type SaveOptions} from './save.js';
export {listOps, type OpUse} from './read-ops.js';
