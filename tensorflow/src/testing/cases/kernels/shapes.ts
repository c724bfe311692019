import type {Tensor, Tensor4D} from '@tensorflow/tfjs-node';
import {tf} from '../../../native/index.js';
import {spec, one, two, images, of, each, NUMBERS, type KernelCase} from './build.js';

export const SHAPES: KernelCase[] = [
  of(
    'BatchToSpaceND',
    x =>
      tf.batchToSpaceND(
        x as Tensor,
        [2, 2],
        [
          [0, 0],
          [0, 1],
        ],
      ),
    {x: {shape: [8, 3, 3, 1], dtype: 'float32'}},
  ),
  of(
    'SpaceToBatchND',
    x =>
      tf.spaceToBatchND(
        x as Tensor,
        [2, 2],
        [
          [0, 0],
          [0, 1],
        ],
      ),
    images,
  ),
  of('BroadcastArgs', (a, b) => tf.broadcastArgs(a as Tensor, b as Tensor), {
    a: {shape: [2], dtype: 'int32'},
    b: {shape: [2], dtype: 'int32'},
  }),
  ...each(
    'Concat',
    ['float32', 'int32', 'bool', 'string', 'complex64'],
    (a, b) => tf.concat([a, b] as Tensor[], 0),
    dtype => two(dtype, 4),
  ),
  of('DepthToSpace', x => tf.depthToSpace(x as Tensor4D, 2), one('float32', 3, 3, 8)),
  ...each(
    'ExpandDims',
    ['float32', 'int32', 'bool', 'string', 'complex64'],
    x => tf.expandDims(x as Tensor, 1),
    dtype => one(dtype, 4),
  ),
  of('Fill', x => (x as Tensor).add(tf.fill(x?.shape as number[], 3))),
  of('FlipLeftRight', x => tf.image.flipLeftRight(x as Tensor4D), images),
  ...each(
    'GatherNd',
    NUMBERS,
    (x, i) => tf.gatherND(x as Tensor, i as Tensor),
    dtype => ({x: {shape: [5, 4], dtype}, i: spec('int32', 1)}),
  ),
  ...each(
    'GatherV2',
    ['float32', 'int32', 'bool'],
    (x, i) => tf.gather(x as Tensor, i as Tensor),
    dtype => ({x: {shape: [5, 4], dtype}, i: spec('int32')}),
  ),
  of('LinSpace', x => (x as Tensor).add(tf.linspace(0, 1, 4))),
  of('Range', x => (x as Tensor).add(tf.range(0, 4))),
  ...each(
    'MirrorPad',
    NUMBERS,
    x =>
      tf.mirrorPad(
        x as Tensor,
        [
          [0, 0],
          [1, 2],
        ],
        'reflect',
      ),
    dtype => one(dtype, 4),
  ),
  of('OneHot', x => tf.oneHot(x as Tensor, 5), one('int32')),
  ...each(
    'Pack',
    ['float32', 'int32', 'bool', 'string', 'complex64'],
    (a, b) => tf.stack([a, b] as Tensor[], 1),
    dtype => two(dtype, 4),
  ),
  ...each(
    'PadV2',
    NUMBERS,
    x =>
      tf.pad(
        x as Tensor,
        [
          [1, 0],
          [1, 2],
        ],
        3,
      ),
    dtype => one(dtype, 4),
  ),
  ...each(
    'Reshape',
    ['float32', 'int32', 'bool', 'string', 'complex64'],
    x => tf.reshape(x as Tensor, [-1, 2]),
    dtype => one(dtype, 4),
  ),
  ...each(
    'Reverse',
    ['float32', 'int32', 'bool'],
    x => tf.reverse(x as Tensor, 1),
    dtype => one(dtype, 4),
  ),
  of('ScatterNd', (i, x) => tf.scatterND(i as Tensor, x as Tensor, [6, 4]), {
    i: spec('int32', 1),
    x: spec('float32', 4),
  }),
  ...each(
    'Slice',
    ['float32', 'int32', 'bool', 'string', 'complex64'],
    x => tf.slice(x as Tensor, [0, 1], [-1, 2]),
    dtype => one(dtype, 4),
  ),
  of('SparseToDense', x => tf.sparseToDense(tf.tensor1d([1, 3], 'int32'), x as Tensor, [6], tf.scalar(-1)), {
    x: {shape: [2], dtype: 'float32'},
  }),
  ...each(
    'SplitV',
    ['float32', 'int32', 'bool', 'complex64'],
    x => tf.split(x as Tensor, 2, 1)[1] as Tensor,
    dtype => one(dtype, 4),
  ),
  ...each(
    'StridedSlice',
    ['float32', 'int32', 'bool', 'string'],
    x => tf.stridedSlice(x as Tensor, [0, 3], [x?.shape[0] as number, 0], [1, -2]),
    dtype => one(dtype, 4),
  ),
  of('TensorScatterUpdate', (x, i, y) => tf.tensorScatterUpdate(x as Tensor, i as Tensor, y as Tensor), {
    x: {shape: [6, 4], dtype: 'float32'},
    i: {shape: [1, 1], dtype: 'int32'},
    y: {shape: [1, 4], dtype: 'float32'},
  }),
  ...each(
    'Tile',
    ['float32', 'int32', 'bool', 'string'],
    x => tf.tile(x as Tensor, [2, 1]),
    dtype => one(dtype, 4),
  ),
  ...each(
    'Transpose',
    ['float32', 'int32', 'bool', 'complex64'],
    x => tf.transpose(x as Tensor, [1, 0]),
    dtype => one(dtype, 4),
  ),
  ...each(
    'Unpack',
    ['float32', 'int32', 'bool', 'string', 'complex64'],
    x => tf.unstack(x as Tensor, 1)[2] as Tensor,
    dtype => one(dtype, 4),
  ),
  of('StaticRegexReplace', x => tf.string.staticRegexReplace(x as Tensor, 'gold', 'Au'), one('string', 2)),
];
