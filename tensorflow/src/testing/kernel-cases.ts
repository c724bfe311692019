import type {Tensor, Tensor1D, Tensor2D, Tensor3D, Tensor4D, Tensor5D} from '@tensorflow/tfjs-node';
import {tf} from '../native/index.js';
import type {InputSpecs} from '../capture/signature.js';

/** What tfjs-node does with one of its kernels, for tests. */
export interface KernelCase {
  readonly name: string;
  /** A kernel of tfjs-node that the function must reach. */
  readonly kernel: string;
  readonly specs: InputSpecs;
  make(): (...inputs: Tensor[]) => Tensor | Record<string, Tensor>;
  /** What capture says when no graph can do it. */
  readonly refused?: RegExp;
}

type Fn = (...inputs: Tensor[]) => Tensor | Record<string, Tensor>;
type Dtype = 'float32' | 'int32' | 'bool' | 'string' | 'complex64';

const spec = (dtype: Dtype, ...shape: (number | null)[]) => ({shape: [null, ...shape], dtype});
const one = (dtype: Dtype, ...shape: (number | null)[]): InputSpecs => ({x: spec(dtype, ...shape)});
const two = (dtype: Dtype, ...shape: (number | null)[]): InputSpecs => ({
  a: spec(dtype, ...shape),
  b: spec(dtype, ...shape),
});
const vector = one('float32', 4);
const images = one('float32', 8, 9, 3);
const volumes = one('float32', 4, 6, 5, 2);

function of(kernel: string, fn: Fn, specs: InputSpecs = vector, note = ''): KernelCase {
  const dtypes = [...new Set(Object.values(specs).map(({dtype}) => dtype))].join(' and ');
  return {name: [kernel, 'of', dtypes, note].filter(Boolean).join(' '), kernel, specs, make: () => fn};
}

/** A kernel on each of several dtypes. */
function each(kernel: string, dtypes: readonly Dtype[], fn: Fn, specs: (dtype: Dtype) => InputSpecs): KernelCase[] {
  return dtypes.map(dtype => of(kernel, fn, specs(dtype)));
}

const unary = (kernel: string, fn: (x: Tensor) => Tensor, ...dtypes: Dtype[]) =>
  each(kernel, ['float32', ...dtypes], fn as Fn, dtype => one(dtype, null, 4));
const binary = (kernel: string, fn: (a: Tensor, b: Tensor) => Tensor, dtypes: readonly Dtype[]) => [
  ...each(kernel, dtypes, fn as Fn, dtype => two(dtype, 4)),
  of(
    kernel,
    (a, b) => fn(a as Tensor, b as Tensor),
    {a: spec(dtypes[0] as Dtype, 1, 4), b: spec(dtypes[0] as Dtype, 3, 1)},
    'broadcast',
  ),
];

const NUMBERS = ['float32', 'int32'] as const;
const weights = (...shape: number[]) => tf.randomNormal(shape, 0, 1, 'float32', 7);
const grad = (fn: (x: Tensor) => Tensor) => (x: Tensor) => tf.grad(fn)(x);

const ELEMENTWISE: KernelCase[] = [
  ...unary('Abs', x => x.abs(), 'int32'),
  ...unary('Acos', x => x.acos()),
  ...unary('Acosh', x => x.acosh()),
  ...unary('Asin', x => x.asin()),
  ...unary('Asinh', x => x.asinh()),
  ...unary('Atan', x => x.atan()),
  ...unary('Atanh', x => x.atanh()),
  ...unary('Ceil', x => x.ceil()),
  ...unary('ClipByValue', x => x.clipByValue(-0.5, 0.5)),
  ...unary('Cos', x => x.cos()),
  ...unary('Cosh', x => x.cosh()),
  ...unary('Elu', x => x.elu()),
  ...unary('Erf', x => x.erf()),
  ...unary('Exp', x => x.exp()),
  ...unary('Expm1', x => x.expm1()),
  ...unary('Floor', x => x.floor()),
  ...unary('Identity', x => x.clone(), 'int32', 'bool', 'string', 'complex64'),
  ...unary('IsFinite', x => x.log().isFinite()),
  ...unary('IsInf', x => x.sub(x).log().isInf()),
  ...unary('IsNan', x => x.log().isNaN()),
  ...unary('LeakyRelu', x => x.leakyRelu(0.3)),
  ...unary('Log', x => x.log()),
  ...unary('Log1p', x => x.log1p()),
  ...unary('Neg', x => x.neg(), 'int32'),
  ...unary('OnesLike', x => tf.onesLike(x), 'int32', 'bool'),
  ...unary('Reciprocal', x => x.reciprocal()),
  ...unary('Relu', x => x.relu(), 'int32'),
  ...unary('Relu6', x => x.relu6(), 'int32'),
  ...unary('Round', x => x.round(), 'int32'),
  ...unary('Rsqrt', x => x.rsqrt()),
  ...unary('Selu', x => x.selu()),
  ...unary('Sigmoid', x => x.sigmoid()),
  ...unary('Sign', x => x.sign(), 'int32'),
  ...unary('Sin', x => x.sin()),
  ...unary('Sinh', x => x.sinh()),
  ...unary('Softplus', x => x.softplus()),
  ...unary('Sqrt', x => x.sqrt()),
  ...unary('Square', x => x.square(), 'int32'),
  ...unary('Step', x => x.step(0.5)),
  ...unary('Tan', x => x.tan()),
  ...unary('Tanh', x => x.tanh()),
  ...unary('ZerosLike', x => tf.zerosLike(x), 'int32', 'bool'),
  ...unary(
    'EluGrad',
    grad(x => x.elu()),
  ),
  ...unary('Prelu', x => x.prelu(weights(4))),
  ...binary('Add', (a, b) => a.add(b), ['float32', 'int32', 'complex64']),
  ...binary('Sub', (a, b) => a.sub(b), ['float32', 'int32', 'complex64']),
  ...binary('Multiply', (a, b) => a.mul(b), ['float32', 'int32', 'complex64']),
  ...binary('RealDiv', (a, b) => a.div(b), ['float32', 'complex64']),
  ...binary('FloorDiv', (a, b) => a.floorDiv(b.add(tf.scalar(5, b.dtype))), NUMBERS),
  ...binary('Mod', (a, b) => a.mod(b.add(tf.scalar(5, b.dtype))), NUMBERS),
  ...binary('Pow', (a, b) => a.pow(b), NUMBERS),
  ...binary('Maximum', (a, b) => a.maximum(b), NUMBERS),
  ...binary('Minimum', (a, b) => a.minimum(b), NUMBERS),
  ...binary('SquaredDifference', (a, b) => a.squaredDifference(b), NUMBERS),
  ...binary('Atan2', (a, b) => tf.atan2(a, b), ['float32']),
  ...binary('Equal', (a, b) => a.equal(b), ['float32', 'int32', 'bool', 'string', 'complex64']),
  ...binary('NotEqual', (a, b) => a.notEqual(b), ['float32', 'int32', 'bool', 'string', 'complex64']),
  ...binary('Greater', (a, b) => a.greater(b), NUMBERS),
  ...binary('GreaterEqual', (a, b) => a.greaterEqual(b), NUMBERS),
  ...binary('Less', (a, b) => a.less(b), NUMBERS),
  ...binary('LessEqual', (a, b) => a.lessEqual(b), NUMBERS),
  ...binary('LogicalAnd', (a, b) => a.logicalAnd(b), ['bool']),
  ...binary('LogicalOr', (a, b) => a.logicalOr(b), ['bool']),
  of('LogicalNot', x => x?.logicalNot() as Tensor, one('bool', 4)),
  ...each(
    'AddN',
    NUMBERS,
    x => tf.addN([x, x, x] as Tensor[]),
    dtype => one(dtype, 4),
  ),
  ...each(
    'Cast',
    NUMBERS,
    x => ({bool: (x as Tensor).toBool(), int: (x as Tensor).toInt(), float: (x as Tensor).toFloat()}),
    dtype => one(dtype, 4),
  ),
  of('Cast', x => ({int: (x as Tensor).toInt(), float: (x as Tensor).toFloat()}), one('bool', 4)),
  ...each(
    'Select',
    ['float32', 'int32', 'bool', 'complex64'],
    (c, a, b) => tf.where(c as Tensor, a as Tensor, b as Tensor),
    dtype => ({c: spec('bool', 4), ...two(dtype, 4)}),
  ),
];

const COMPLEX: KernelCase[] = [
  of('Complex', (a, b) => tf.complex(a as Tensor, b as Tensor), two('float32', 4)),
  of('ComplexAbs', x => tf.abs(x as Tensor), one('complex64', 4)),
  of('Real', x => tf.real(x as Tensor), one('complex64', 4)),
  of('Imag', x => tf.imag(x as Tensor), one('complex64', 4)),
  of('FFT', x => tf.spectral.fft(x as Tensor), one('complex64', 8)),
  of('IFFT', x => tf.spectral.ifft(x as Tensor), one('complex64', 8)),
];

const REDUCTIONS: KernelCase[] = [
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

const MATRICES: KernelCase[] = [
  of('BatchMatMul', (a, b) => tf.matMul(a as Tensor, b as Tensor, false, true), two('float32', 3, 4)),
  of('BatchMatMul', x => tf.matMul(x as Tensor, weights(4, 5)), vector, 'and a weight'),
  of('BatchMatMul', (a, b) => tf.matMul(a as Tensor, b as Tensor, true), two('float32', 4), 'over the batch'),
  of('_FusedMatMul', x => tf.fused.matMul({a: x as Tensor, b: weights(4, 5), bias: weights(5), activation: 'relu'})),
  of('Einsum', (a, b) => tf.einsum('bij,bkj->bik', a as Tensor, b as Tensor), two('float32', 3, 4)),
  of('Diag', x => tf.diag(x as Tensor), one('float32')),
];

const SHAPES: KernelCase[] = [
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

const IMAGES: KernelCase[] = [
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

const boxes: InputSpecs = {boxes: {shape: [6, 4], dtype: 'float32'}, scores: {shape: [6], dtype: 'float32'}};
const anyBoxes: InputSpecs = {boxes: spec('float32', 4), scores: spec('float32')};

/** Ops whose result has a size that depends on values, and ops that draw. */
const SPECIAL: KernelCase[] = [
  of(
    'NonMaxSuppressionV3',
    (boxes, scores) => {
      const best = tf.image.nonMaxSuppression(boxes as Tensor2D, scores as Tensor1D, 2);
      return {best, boxes: tf.gather(boxes as Tensor, best), scores: tf.gather(scores as Tensor, best).mul(100)};
    },
    anyBoxes,
    'of any number, and what follows',
  ),
  of(
    'NonMaxSuppressionV4',
    (boxes, scores) => ({...tf.image.nonMaxSuppressionPadded(boxes as Tensor2D, scores as Tensor1D, 2, 0.5, -9, true)}),
    boxes,
  ),
  of(
    'NonMaxSuppressionV4',
    (boxes, scores) => ({...tf.image.nonMaxSuppressionPadded(boxes as Tensor2D, scores as Tensor1D, 2)}),
    boxes,
    'not padded',
  ),
  of(
    'NonMaxSuppressionV5',
    (boxes, scores) => ({
      ...tf.image.nonMaxSuppressionWithScore(boxes as Tensor2D, scores as Tensor1D, 2, 0.5, -9, 0.5),
    }),
    boxes,
  ),
  ...each('Unique', ['float32', 'int32', 'string'], x => ({...tf.unique(x as Tensor)}), one),
  of(
    'Unique',
    x =>
      tf
        .unique(x as Tensor)
        .values.toFloat()
        .mul(2)
        .sum(),
    one('int32'),
    'and what follows',
  ),
  {
    ...of('Unique', x => tf.ones([tf.unique(x as Tensor).values.shape[0] ?? 0]), one('int32'), 'by its size'),
    refused: /used by the output "output_0", is no whole multiple/,
  },
  {
    ...of('Multinomial', x => tf.multinomial(x as Tensor2D, 2, 7)),
    refused: /The op Multinomial at .* draws random numbers/,
  },
];

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
