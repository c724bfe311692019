import type {layers as Layers, SymbolicTensor} from '@tensorflow/tfjs-node';
import fc from 'fast-check';
import {tf} from '../native/index.js';

const {layers} = tf;

/** A layer of a random stack: what it makes of a shape (without the batch), or undefined where it does not fit. */
export type Step = (shape: readonly (number | null)[]) => Layers.Layer | undefined;

const units = fc.integer({min: 1, max: 9});
const activation = fc.constantFrom('relu', 'tanh', 'sigmoid', 'elu', 'softplus', 'linear') as fc.Arbitrary<'relu'>;
const ofRank =
  (rank: number, make: () => Layers.Layer): Step =>
  shape =>
    shape.length === rank ? make() : undefined;
const known =
  (make: () => Layers.Layer): Step =>
  shape =>
    shape.length < 2 || shape.includes(null) ? undefined : make();
const atLeast =
  (size: number, step: Step): Step =>
  shape =>
    shape.slice(0, -1).some(length => length !== null && length < size) ? undefined : step(shape);

/** One layer of a stack. */
export const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({units, activation}).map(
    (config): Step =>
      () =>
        layers.dense(config),
  ),
  fc.constant<Step>(() => layers.layerNormalization()),
  fc.constant<Step>(() => layers.batchNormalization({movingMeanInitializer: 'randomNormal'})),
  activation.map(
    (activation): Step =>
      () =>
        layers.activation({activation}),
  ),
  fc
    .record({
      filters: units,
      kernelSize: fc.integer({min: 1, max: 3}),
      padding: fc.constantFrom('same', 'valid') as fc.Arbitrary<'same'>,
    })
    .map(config =>
      atLeast(
        4,
        ofRank(2, () => layers.conv1d(config)),
      ),
    ),
  fc
    .record({filters: units, kernelSize: fc.integer({min: 1, max: 3}), strides: fc.integer({min: 1, max: 2})})
    .map(config =>
      atLeast(
        4,
        ofRank(3, () => layers.conv2d({...config, padding: 'same'})),
      ),
    ),
  fc.constant(
    atLeast(
      4,
      ofRank(2, () => layers.maxPooling1d({poolSize: 2})),
    ),
  ),
  fc.constant(
    atLeast(
      4,
      ofRank(3, () => layers.averagePooling2d({poolSize: 2})),
    ),
  ),
  fc.constant(ofRank(3, () => layers.upSampling2d({size: [2, 2]}))),
  fc.constant(ofRank(3, () => layers.zeroPadding2d({padding: 1}))),
  fc.constant(ofRank(2, () => layers.globalAveragePooling1d({}))),
  fc.constant(ofRank(3, () => layers.globalAveragePooling2d({}))),
  fc.constant(known(() => layers.flatten())),
  units.map((n): Step => ofRank(1, () => layers.repeatVector({n}))),
  units.map(
    (units): Step =>
      shape =>
        shape.length === 2 && shape[0] !== null && (shape[0] as number) < 12
          ? layers.gru({units, returnSequences: true, recurrentInitializer: 'glorotUniform'})
          : undefined,
  ),
);

/** A layer that draws when the stack is trained. */
export const drawingStep = fc.constant<Step>(() => layers.dropout({rate: 0.3}));

/** Without the batch; null for an unknown size. */
export const inputShape = fc.oneof(
  fc.tuple(fc.integer({min: 1, max: 8})),
  fc.tuple(fc.option(fc.integer({min: 1, max: 10})), fc.integer({min: 1, max: 6})),
  fc.tuple(fc.option(fc.integer({min: 4, max: 10})), fc.integer({min: 4, max: 10}), fc.integer({min: 1, max: 3})),
) as fc.Arbitrary<(number | null)[]>;

/** A model of the layers that fit, one after the other. */
export function stack(shape: (number | null)[], steps: Step[]) {
  const input = tf.input({shape});
  let output = input;
  for (const step of steps) {
    const layer = step(output.shape.slice(1));
    if (layer !== undefined) output = layer.apply(output) as SymbolicTensor;
  }
  return tf.model({
    inputs: input,
    outputs: output === input ? (layers.dense({units: 1}).apply(input) as SymbolicTensor) : output,
  });
}
