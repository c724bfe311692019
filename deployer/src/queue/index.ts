export {
  embeddedQueueConfiguration,
  findValkey,
  startEmbeddedQueue,
  type EmbeddedQueue,
  type EmbeddedQueueOptions,
} from './embedded.js';
