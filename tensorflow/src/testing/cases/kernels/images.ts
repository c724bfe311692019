import type {Tensor1D, Tensor3D, Tensor4D, Tensor5D} from '@tensorflow/tfjs-node';
import {tf} from '../../../native/index.js';
import {one, images, volumes, of, weights, grad, type KernelCase, type Fn} from './build.js';

export const IMAGES: KernelCase[] = [
  of('AvgPool', x => tf.avgPool(x as Tensor4D, [2, 3], 2, 'same'), images),
  of('AvgPoolGrad', grad(x => tf.avgPool(x as Tensor4D, 2, 2, 'valid')) as Fn, images),
  of('AvgPool3D', x => tf.avgPool3d(x as Tensor5D, 2, 2, 'same'), volumes),
  of('AvgPool3DGrad', grad(x => tf.avgPool3d(x as Tensor5D, 2, 2, 'valid')) as Fn, volumes),
  of('MaxPool', x => tf.maxPool(x as Tensor4D, [2, 3], 2, 'same'), images),
  of('MaxPoolGrad', grad(x => tf.maxPool(x as Tensor4D, 2, 2, 'valid')) as Fn, images),
  of('MaxPool3D', x => tf.maxPool3d(x as Tensor5D, 2, 2, 'same'), volumes),
  of('MaxPool3DGrad', grad(x => tf.maxPool3d(x as Tensor5D, 2, 2, 'valid')) as Fn, volumes),
  of('Conv2D', x => tf.conv2d(x as Tensor4D, weights(3, 3, 3, 4) as Tensor4D, [2, 1], 'same'), images),
  of(
    'Conv2DBackpropInput',
    x =>
      tf.conv2dTranspose(x as Tensor4D, weights(3, 3, 4, 3) as Tensor4D, [x?.shape[0] as number, 16, 18, 4], 2, 'same'),
    images,
  ),
  of(
    'Conv2DBackpropFilter',
    x => tf.grad(filter => tf.conv2d(x as Tensor4D, filter as Tensor4D, 1, 'same'))(weights(3, 3, 3, 4)),
    images,
  ),
  of(
    'FusedConv2D',
    x =>
      tf.fused.conv2d({
        x: x as Tensor4D,
        filter: weights(3, 3, 3, 4) as Tensor4D,
        strides: 1,
        pad: 'valid',
        bias: weights(4),
        activation: 'relu',
      }),
    images,
  ),
  of('Conv3D', x => tf.conv3d(x as Tensor5D, weights(2, 2, 2, 2, 3) as Tensor5D, 1, 'same'), volumes),
  of(
    'Conv3DBackpropInputV2',
    grad(x => tf.conv3d(x as Tensor5D, weights(2, 2, 2, 2, 3) as Tensor5D, 1, 'same')) as Fn,
    volumes,
  ),
  of(
    'Conv3DBackpropFilterV2',
    x => tf.grad(filter => tf.conv3d(x as Tensor5D, filter as Tensor5D, 1, 'same'))(weights(2, 2, 2, 2, 3)),
    volumes,
  ),
  of(
    'CropAndResize',
    x => tf.image.cropAndResize(x as Tensor4D, tf.tensor2d([[0.1, 0.2, 0.8, 0.9]]), tf.tensor1d([0], 'int32'), [4, 5]),
    images,
  ),
  of(
    'DepthwiseConv2dNative',
    x => tf.depthwiseConv2d(x as Tensor4D, weights(3, 3, 3, 2) as Tensor4D, 1, 'same'),
    images,
  ),
  of(
    'DepthwiseConv2dNativeBackpropInput',
    grad(x => tf.depthwiseConv2d(x as Tensor4D, weights(3, 3, 3, 2) as Tensor4D, 1, 'same')) as Fn,
    images,
  ),
  of(
    'DepthwiseConv2dNativeBackpropFilter',
    x => tf.grad(filter => tf.depthwiseConv2d(x as Tensor4D, filter as Tensor4D, 1, 'same'))(weights(3, 3, 3, 2)),
    images,
  ),
  of(
    'FusedDepthwiseConv2D',
    x =>
      tf.fused.depthwiseConv2d({
        x: x as Tensor4D,
        filter: weights(3, 3, 3, 2) as Tensor4D,
        strides: 1,
        pad: 'same',
        bias: weights(6),
        activation: 'relu6',
      }),
    images,
  ),
  of('Dilation2D', x => tf.dilation2d(x as Tensor4D, weights(2, 2, 3) as Tensor3D, 1, 'same'), images),
  of(
    'Dilation2DBackpropInput',
    grad(x => tf.dilation2d(x as Tensor4D, weights(2, 2, 3) as Tensor3D, 1, 'same')) as Fn,
    images,
  ),
  of(
    'Dilation2DBackpropFilter',
    x => tf.grad(filter => tf.dilation2d(x as Tensor4D, filter as Tensor3D, 1, 'same'))(weights(2, 2, 3)),
    images,
  ),
  of(
    'FusedBatchNorm',
    x =>
      tf.batchNorm(
        x as Tensor4D,
        weights(3) as Tensor1D,
        tf.ones([3]) as Tensor1D,
        weights(3) as Tensor1D,
        tf.ones([3]) as Tensor1D,
        0.01,
      ),
    images,
  ),
  of('LRN', x => tf.localResponseNormalization(x as Tensor4D, 2), images),
  of('LRNGrad', grad(x => tf.localResponseNormalization(x as Tensor4D, 2)) as Fn, images),
  of('ResizeBilinear', x => tf.image.resizeBilinear(x as Tensor4D, [5, 7]), images),
  of('ResizeBilinear', x => tf.image.resizeBilinear(x as Tensor4D, [5, 7]), one('int32', 8, 9, 3)),
  of('ResizeBilinearGrad', grad(x => tf.image.resizeBilinear(x as Tensor4D, [5, 7])) as Fn, images),
  of('ResizeNearestNeighbor', x => tf.image.resizeNearestNeighbor(x as Tensor4D, [5, 7]), images),
  of('ResizeNearestNeighborGrad', grad(x => tf.image.resizeNearestNeighbor(x as Tensor4D, [5, 7])) as Fn, images),
];
