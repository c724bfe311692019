import {KERNEL_CASES} from './kernels/index.js';
import {LAYER_CASES} from './layers.js';
import {OP_CASES} from './ops.js';

/** The cases that are saved and given to Python, by what they go through. */
export const TABLES = {kernels: KERNEL_CASES, layers: LAYER_CASES, ops: OP_CASES};
export type Table = keyof typeof TABLES;
