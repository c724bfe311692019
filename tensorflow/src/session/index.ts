export * from './error.js';
export * from './graph-session.js';
export * from './tensor.js';
