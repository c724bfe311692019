export type {Comm, CommData, CommEvent, CommManager, CommTarget} from './manager.js';
export * from './protocol.js';
export {COMM_PORT, commPort} from './seam.js';
