export * from './deployment.js';
export * from './queue/index.js';
