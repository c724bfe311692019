export * from './error.js';
export * from './graph-session.js';
export * from './tensor.js';
export * from './golden.js';
export * from './json-tensor.js';
