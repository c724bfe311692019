export {EngineProcess, type EngineOptions} from './process.js';
export {NativeBuildError} from '../native/error.js';
export {EngineLostError, type EngineEnd} from './error.js';
export type {RemoteModel} from './remote-model.js';
