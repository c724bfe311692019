import type {Tensor} from '@tensorflow/tfjs-node';
import type {InputSpecs} from '../../../capture/signature.js';
import {tf} from '../../../native/index.js';
import type {Case} from '../case.js';

/** What tfjs-node does with one of its kernels. */
export type KernelCase = Case & {readonly kernel: string};

export type Fn = (...inputs: Tensor[]) => Tensor | Record<string, Tensor>;
export type Dtype = 'float32' | 'int32' | 'bool' | 'string' | 'complex64';

export const spec = (dtype: Dtype, ...shape: (number | null)[]) => ({shape: [null, ...shape], dtype});
export const one = (dtype: Dtype, ...shape: (number | null)[]): InputSpecs => ({x: spec(dtype, ...shape)});
export const two = (dtype: Dtype, ...shape: (number | null)[]): InputSpecs => ({
  a: spec(dtype, ...shape),
  b: spec(dtype, ...shape),
});
export const vector = one('float32', 4);
export const images = one('float32', 8, 9, 3);
export const volumes = one('float32', 4, 6, 5, 2);

export function of(kernel: string, fn: Fn, specs: InputSpecs = vector, note = ''): KernelCase {
  const dtypes = [...new Set(Object.values(specs).map(({dtype}) => dtype))].join(' and ');
  return {name: [kernel, 'of', dtypes, note].filter(Boolean).join(' '), kernel, specs, make: () => fn};
}

/** A kernel on each of several dtypes. */
export function each(
  kernel: string,
  dtypes: readonly Dtype[],
  fn: Fn,
  specs: (dtype: Dtype) => InputSpecs,
): KernelCase[] {
  return dtypes.map(dtype => of(kernel, fn, specs(dtype)));
}

export const unary = (kernel: string, fn: (x: Tensor) => Tensor, ...dtypes: Dtype[]) =>
  each(kernel, ['float32', ...dtypes], fn as Fn, dtype => one(dtype, null, 4));
export const binary = (kernel: string, fn: (a: Tensor, b: Tensor) => Tensor, dtypes: readonly Dtype[]) => [
  ...each(kernel, dtypes, fn as Fn, dtype => two(dtype, 4)),
  of(
    kernel,
    (a, b) => fn(a as Tensor, b as Tensor),
    {a: spec(dtypes[0] as Dtype, 1, 4), b: spec(dtypes[0] as Dtype, 3, 1)},
    'broadcast',
  ),
];

export const NUMBERS = ['float32', 'int32'] as const;
export const weights = (...shape: number[]) => tf.randomNormal(shape, 0, 1, 'float32', 7);
export const grad = (fn: (x: Tensor) => Tensor) => (x: Tensor) => tf.grad(fn)(x);
