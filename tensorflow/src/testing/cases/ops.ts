import type {Tensor, Tensor1D, Tensor2D, Tensor3D, Tensor4D} from '@tensorflow/tfjs-node';
import {tf} from '../../native/index.js';
import type {InputSpecs} from '../../capture/signature.js';
import type {Case} from './case.js';

const vector: InputSpecs = {x: {shape: [null, 6], dtype: 'float32'}};
const sequence: InputSpecs = {x: {shape: [null, null, 4], dtype: 'float32'}};
const images: InputSpecs = {x: {shape: [null, 8, 9, 3], dtype: 'float32'}};
const anyImages: InputSpecs = {x: {shape: [null, null, null, 3], dtype: 'float32'}};
const strings: InputSpecs = {x: {shape: [null, 2], dtype: 'string'}};
const integers: InputSpecs = {x: {shape: [null, 6], dtype: 'int32'}};

/** What layers do not cover: free functions, several inputs and outputs, unknown inner sizes, strings, images. */
export const OP_CASES: readonly Case[] = [
  of('the input itself', vector, x => x),
  of('a constant answer', vector, x => ({same: x, answer: tf.scalar(42)})),
  of('a weight as it is', vector, () => tf.tensor1d([1, 2, 3])),
  of('several outputs by name', vector, x => ({
    sum: x.sum(1),
    mean: x.mean(1),
    both: tf.stack([x.sum(1), x.mean(1)], 1),
  })),
  of('means of whole numbers and of truths', integers, x => ({mean: x.mean(1), share: x.greater(1).mean(1)})),
  of('moments and scaling', vector, x => {
    const {mean, variance} = tf.moments(x, 1, true);
    return x.sub(mean).div(variance.sqrt().add(1e-6));
  }),
  of('the mean of a batch, by its size', vector, x => x.sum().div(x.shape[0] ?? 1)),
  of('zeros and ones of the shape of the batch', vector, x =>
    tf.concat([tf.zeros([x.shape[0] ?? 1, 2]), tf.ones([x.shape[0] ?? 1, 1]), x], 1),
  ),
  of('a window of each row', vector, x => x.slice([0, 2], [-1, 3])),
  of('all rows but the last', vector, x => x.slice([0, 0], [(x.shape[0] ?? 1) - 1, 6]).sum(0)),
  of('the last row', vector, x => x.slice([(x.shape[0] ?? 1) - 1, 0], [1, 6])),
  of('strided slices', vector, x => x.stridedSlice([0, 1], [x.shape[0] ?? 1, 6], [2, 2])),
  of('rows numbered', vector, x => x.add(tf.range(0, x.shape[0] ?? 1).expandDims(1))),
  of('flattened over unknown sizes', sequence, x => x.reshape([-1, 4]).matMul(tf.ones([4, 3]))),
  of('flattened and back', sequence, x => {
    const [b = 0, t = 0] = x.shape;
    return x
      .reshape([b * t, 4])
      .add(1)
      .reshape([b, t * 4]);
  }),
  of('attention with a causal mask', sequence, x => {
    const t = x.shape[1] ?? 1;
    const later = tf.linalg.bandPart(tf.ones([t, t]), -1, 0).equal(0);
    const scores = tf.matMul(x, x, false, true).mul(0.5);
    return tf.matMul(tf.softmax(tf.where(later, tf.fill([t, t], -1e9), scores)), x);
  }),
  of('attention over nine steps', {x: {shape: [null, 9, 4], dtype: 'float32'}}, x =>
    tf.matMul(tf.softmax(tf.matMul(x.sin(), x, false, true).div(2)), x),
  ),
  of('padding and tiling', sequence, x =>
    x
      .pad([
        [0, 0],
        [1, 2],
        [0, 0],
      ])
      .tile([1, 2, 1]),
  ),
  of('reversed in time', sequence, x => x.reverse(1)),
  of('cumulated in time', sequence, x => tf.cumsum(x, 1)),
  of('unstacked and stacked', {x: {shape: [null, 3, 4], dtype: 'float32'}}, x =>
    tf.stack(tf.unstack(x, 1).reverse(), 1),
  ),
  of('split', vector, x => tf.concat(tf.split(x, [1, 2, 3], 1).reverse(), 1)),
  of('an einsum', {a: {shape: [null, null, 4], dtype: 'float32'}, b: {shape: [4, 3], dtype: 'float32'}}, (a, b) =>
    tf.einsum('btd,dk->btk', a, b),
  ),
  of(
    'two inputs that share an unknown size',
    {a: {shape: [null, 'time', 4], dtype: 'float32'}, b: {shape: [null, 'time', 2], dtype: 'float32'}},
    (a, b) => tf.concat([a, b], 2).sum(1),
  ),
  of('the largest and where they are', vector, x => {
    const {values, indices} = tf.topk(x, 3);
    return {values, indices, argmax: x.argMax(1), argmin: x.argMin(1)};
  }),
  of('comparisons and choices', vector, x => tf.where(x.greater(0).logicalAnd(x.less(1)), x, x.neg())),
  of('clipping, rounding, signs', vector, x =>
    tf.stack([x.clipByValue(-1, 1), x.round(), x.floor(), x.sign(), x.step(0.5)]),
  ),
  of('functions of one number', vector, x => {
    const y = x.abs().add(0.1);
    return tf.stack([
      y.log(),
      y.sqrt(),
      y.rsqrt(),
      y.log1p(),
      x.sin(),
      x.cosh(),
      x.atan(),
      x.erf(),
      y.pow(1.5),
      y.reciprocal(),
    ]);
  }),
  of('boolean reductions', {x: {shape: [null, 4], dtype: 'bool'}}, x => ({
    all: x.all(1),
    any: x.any(1),
    not: x.logicalNot(),
  })),
  of('whole numbers', integers, x => ({
    more: x.add(1),
    rest: x.mod(tf.scalar(3, 'int32')),
    half: x.floorDiv(tf.scalar(2, 'int32')),
    back: x.toFloat().toInt(),
  })),
  of('one-hot and its sum', integers, x => tf.oneHot(x.toInt(), 5).sum(1)),
  of('gathered by the input', integers, x => tf.gather(tf.linspace(0, 1, 6), x.toInt())),
  of('gatherND', integers, x => tf.gatherND(tf.linspace(0, 1, 6), x.toInt().expandDims(2))),
  of('counted', {x: {shape: [null], dtype: 'int32'}}, x => tf.bincount(x as Tensor1D, tf.ones([0]), 5)),
  of('strings compared', strings, x => x.equal(tf.scalar('gold 1é', 'string'))),
  of('strings replaced, gathered, joined in rows', strings, x =>
    tf.concat([tf.string.staticRegexReplace(x, 'gold', 'Au'), x.slice([0, 0], [-1, 1])], 1),
  ),
  of('spectra', {x: {shape: [null, 8], dtype: 'float32'}}, x => tf.abs(tf.spectral.rfft(x))),
  of('resized images, bilinear', images, x => tf.image.resizeBilinear(x as Tensor4D, [5, 7], false, true)),
  of('resized images, nearest', images, x => tf.image.resizeNearestNeighbor(x as Tensor4D, [16, 4])),
  of('images of any size to one size', anyImages, x => tf.image.resizeBilinear(x as Tensor4D, [6, 6]).div(255)),
  of('flipped images', images, x => tf.image.flipLeftRight(x as Tensor4D)),
  of('grey images', {x: {shape: [null, 8, 9, 1], dtype: 'float32'}}, x => tf.image.grayscaleToRGB(x as Tensor4D)),
  of('cropped and resized images', images, x => {
    const n = x.shape[0] ?? 1;
    const boxes = tf.tile(tf.tensor2d([[0.1, 0.2, 0.8, 0.9]]), [n, 1]) as Tensor2D;
    return tf.image.cropAndResize(x as Tensor4D, boxes, tf.range(0, n, 1, 'int32'), [4, 4]);
  }),
  of('one image without a batch', {x: {shape: [null, null, 3], dtype: 'float32'}}, x =>
    tf.image.resizeBilinear(x as Tensor3D, [4, 4]).mean([0, 1]),
  ),
  of('local response normalization', images, x => tf.localResponseNormalization(x as Tensor4D)),
  of('pooling with strides', images, x => tf.pool(x as Tensor4D, [2, 2], 'max', 'same', [1, 1], [2, 2])),
  {
    name: 'a model that predicts in batches of its own',
    // Sums of whole numbers: TensorFlow rounds others otherwise for a row alone, which the last batch of five rows is.
    specs: integers,
    make() {
      const kernelInitializer = tf.initializers.constant({value: 3});
      const model = tf.sequential({layers: [tf.layers.dense({units: 3, inputShape: [6], kernelInitializer})]});
      return x => model.predict(x.cast('float32'), {batchSize: 2}) as Tensor;
    },
  },
];

function of(name: string, specs: InputSpecs, fn: (...inputs: Tensor[]) => Tensor | Record<string, Tensor>): Case {
  return {name, specs, make: () => fn};
}
