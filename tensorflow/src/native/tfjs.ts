import {createRequire} from 'node:module';
import util from 'node:util';

// tfjs-node 4.22 calls two functions that Node 23 removed; its fix was never released.
const legacy = util as unknown as Record<string, unknown>;
legacy['isNullOrUndefined'] ??= (value: unknown) => value === null || value === undefined;
legacy['isArray'] ??= Array.isArray;

/** tfjs-node, the same module instance that a notebook's `import '@tensorflow/tfjs-node'` gets. */
export const tf = createRequire(import.meta.url)('@tensorflow/tfjs-node') as typeof import('@tensorflow/tfjs-node');
