export {saveSavedModel, type SaveOptions} from './save.js';
