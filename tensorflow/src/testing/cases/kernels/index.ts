import type {KernelCase} from './build.js';
import {ELEMENTWISE} from './elementwise.js';
import {IMAGES} from './images.js';
import {COMPLEX, MATRICES, REDUCTIONS} from './numbers.js';
import {SHAPES} from './shapes.js';
import {SPECIAL} from './value-sized.js';

/** Every kernel that tfjs-node has (4.22), on every dtype that it takes. */
export const KERNEL_CASES: readonly KernelCase[] = [
  ...ELEMENTWISE,
  ...COMPLEX,
  ...REDUCTIONS,
  ...MATRICES,
  ...SHAPES,
  ...IMAGES,
  ...SPECIAL,
];
