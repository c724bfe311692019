export * from './labextension.js';
export * from './server-config.js';
