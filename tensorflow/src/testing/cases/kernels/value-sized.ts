import type {Tensor, Tensor1D, Tensor2D} from '@tensorflow/tfjs-node';
import type {InputSpecs} from '../../../capture/signature.js';
import {tf} from '../../../native/index.js';
import {spec, one, of, each, type KernelCase} from './build.js';

const boxes: InputSpecs = {boxes: {shape: [6, 4], dtype: 'float32'}, scores: {shape: [6], dtype: 'float32'}};
const anyBoxes: InputSpecs = {boxes: spec('float32', 4), scores: spec('float32')};

/** Ops whose result has a size that depends on values, and ops that draw. */
export const SPECIAL: KernelCase[] = [
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
