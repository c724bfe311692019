/** What an embedding program needs: the server, its settings, and the seam of its engine. */
export {parseFlags, type Settings} from './config/flags.js';
export {readSettings} from './config/settings.js';
export {modelSources} from './config/sources.js';
export type {Engine, LoadOptions} from './engine/engine.js';
export {NativeEngine} from './engine/native.js';
export {ModelServer} from './server.js';
export {StatusError} from './status/status.js';
