export {startEmbeddedQueue, findValkey, type EmbeddedQueue, type EmbeddedQueueOptions} from './embedded.js';
