import type {Tensor, Tensor1D} from '@tensorflow/tfjs-node';
import {tf} from '../../../native/index.js';
import {spec, one, two, vector, of, each, NUMBERS, weights, type KernelCase} from './build.js';

export const COMPLEX: KernelCase[] = [
  of('Complex', (a, b) => tf.complex(a as Tensor, b as Tensor), two('float32', 4)),
  of('ComplexAbs', x => tf.abs(x as Tensor), one('complex64', 4)),
  of('Real', x => tf.real(x as Tensor), one('complex64', 4)),
  of('Imag', x => tf.imag(x as Tensor), one('complex64', 4)),
  of('FFT', x => tf.spectral.fft(x as Tensor), one('complex64', 8)),
  of('IFFT', x => tf.spectral.ifft(x as Tensor), one('complex64', 8)),
];

export const REDUCTIONS: KernelCase[] = [
  of('All', x => (x as Tensor).all(1), one('bool', 4)),
  of('Any', x => (x as Tensor).any(1), one('bool', 4)),
  ...each(
    'ArgMax',
    NUMBERS,
    x => (x as Tensor).argMax(1),
    dtype => one(dtype, 4),
  ),
  ...each(
    'ArgMin',
    NUMBERS,
    x => (x as Tensor).argMin(0),
    dtype => one(dtype, 4),
  ),
  ...each(
    'Max',
    NUMBERS,
    x => (x as Tensor).max(1),
    dtype => one(dtype, 4),
  ),
  ...each(
    'Min',
    NUMBERS,
    x => (x as Tensor).min(1),
    dtype => one(dtype, 4),
  ),
  ...each(
    'Mean',
    NUMBERS,
    x => (x as Tensor).mean(1),
    dtype => one(dtype, null),
  ),
  ...each(
    'Prod',
    NUMBERS,
    x => (x as Tensor).prod(1),
    dtype => one(dtype, 4),
  ),
  ...each(
    'Sum',
    ['float32', 'int32', 'bool'],
    x => (x as Tensor).sum(),
    dtype => one(dtype, null, 4),
  ),
  of('Softmax', x => tf.softmax(x as Tensor)),
  of('Cumsum', x => tf.cumsum(x as Tensor, 1, true, true)),
  of('Cumprod', x => tf.cumprod(x as Tensor, 1, true, true)),
  of('TopK', x => ({...tf.topk(x as Tensor, 2)})),
  of('Bincount', x => tf.bincount(x as Tensor1D, tf.ones([0]), 5), one('int32')),
  of('UnsortedSegmentSum', (x, ids) => tf.unsortedSegmentSum(x as Tensor, ids as Tensor1D, 4), {
    x: spec('float32', 4),
    ids: spec('int32'),
  }),
];

export const MATRICES: KernelCase[] = [
  of('BatchMatMul', (a, b) => tf.matMul(a as Tensor, b as Tensor, false, true), two('float32', 3, 4)),
  of('BatchMatMul', x => tf.matMul(x as Tensor, weights(4, 5)), vector, 'and a weight'),
  of('BatchMatMul', (a, b) => tf.matMul(a as Tensor, b as Tensor, true), two('float32', 4), 'over the batch'),
  of('_FusedMatMul', x => tf.fused.matMul({a: x as Tensor, b: weights(4, 5), bias: weights(5), activation: 'relu'})),
  of('Einsum', (a, b) => tf.einsum('bij,bkj->bik', a as Tensor, b as Tensor), two('float32', 3, 4)),
  of('Diag', x => tf.diag(x as Tensor), one('float32')),
];
