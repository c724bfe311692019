import type {layers as Layers, SymbolicTensor, Tensor} from '@tensorflow/tfjs-node';
import {tf} from '../../native/index.js';
import type {Case} from './case.js';

const {layers} = tf;
type Layer = Layers.Layer;
type Shape = readonly (number | null)[];

/** Every layer of tfjs-layers that tfjs-node runs. Shapes are without the batch, null for an unknown size. */
export const LAYER_CASES: readonly Case[] = [
  one('dense', [5], () => layers.dense({units: 3, activation: 'tanh'})),
  one('dense on sequences', [4, 5], () => layers.dense({units: 3, activation: 'relu'})),
  one('dense on sequences of any length', [null, 5], () => layers.dense({units: 3})),
  ...activations(),
  one('relu', [6], () => layers.reLU({maxValue: 0.4})),
  one('leakyReLU', [6], () => layers.leakyReLU({alpha: 0.2})),
  one('prelu', [6], () => layers.prelu({alphaInitializer: 'randomNormal'})),
  one('elu', [6], () => layers.elu()),
  one('thresholdedReLU', [6], () => layers.thresholdedReLU({theta: 0.3})),
  one('softmax', [6], () => layers.softmax()),
  one('dropout', [6], () => layers.dropout({rate: 0.5})),
  one('alphaDropout', [6], () => layers.alphaDropout({rate: 0.5})),
  one('spatialDropout1d', [4, 6], () => layers.spatialDropout1d({rate: 0.5})),
  one('gaussianDropout', [6], () => layers.gaussianDropout({rate: 0.5})),
  one('gaussianNoise', [6], () => layers.gaussianNoise({stddev: 0.5})),
  one('flatten', [4, 6], () => layers.flatten()),
  one('reshape', [4, 6], () => layers.reshape({targetShape: [6, 4]})),
  one('permute', [4, 6], () => layers.permute({dims: [2, 1]})),
  one('repeatVector', [6], () => layers.repeatVector({n: 3})),
  one('masking', [4, 6], () => layers.masking({maskValue: 0})),
  one('rescaling', [6], () => layers.rescaling({scale: 0.1, offset: 1})),
  one('centerCrop', [8, 8, 3], () => layers.centerCrop({height: 4, width: 4})),
  one('embedding', [7], () => layers.embedding({inputDim: 11, outputDim: 4}), 'int32'),
  one('embedding of any length', [null], () => layers.embedding({inputDim: 11, outputDim: 4}), 'int32'),
  one('conv1d', [10, 3], () => layers.conv1d({filters: 4, kernelSize: 3, activation: 'relu'})),
  one('conv1d of any length', [null, 3], () => layers.conv1d({filters: 4, kernelSize: 3, padding: 'same'})),
  one('conv1d dilated', [10, 3], () => layers.conv1d({filters: 4, kernelSize: 3, dilationRate: 2, useBias: false})),
  one('conv2d', [8, 8, 3], () => layers.conv2d({filters: 4, kernelSize: 3, strides: 2, padding: 'same'})),
  one('conv2d on images of any size', [null, null, 3], () => layers.conv2d({filters: 4, kernelSize: 3, strides: 2})),
  one('conv2d with an activation', [8, 8, 3], () => layers.conv2d({filters: 5, kernelSize: 3, activation: 'relu'})),
  one('conv2dTranspose', [6, 6, 3], () => layers.conv2dTranspose({filters: 4, kernelSize: 3, strides: 2})),
  one('conv2dTranspose on images of any size', [null, null, 3], () =>
    layers.conv2dTranspose({filters: 4, kernelSize: 3, strides: 2, padding: 'same'}),
  ),
  one('conv3d', [5, 6, 7, 2], () => layers.conv3d({filters: 3, kernelSize: 2})),
  one('conv3dTranspose', [4, 4, 4, 2], () => layers.conv3dTranspose({filters: 3, kernelSize: 2, strides: 2})),
  one('depthwiseConv2d', [8, 8, 3], () => layers.depthwiseConv2d({kernelSize: 3, depthMultiplier: 2})),
  one('separableConv2d', [8, 8, 3], () => layers.separableConv2d({filters: 4, kernelSize: 3})),
  one('cropping2D', [8, 8, 3], () =>
    layers.cropping2D({
      cropping: [
        [1, 2],
        [2, 1],
      ],
    }),
  ),
  one('cropping2D of any size', [null, null, 3], () =>
    layers.cropping2D({
      cropping: [
        [1, 2],
        [2, 1],
      ],
    }),
  ),
  one('zeroPadding2d', [6, 6, 3], () =>
    layers.zeroPadding2d({
      padding: [
        [1, 2],
        [0, 1],
      ],
    }),
  ),
  one('upSampling2d', [5, 6, 3], () => layers.upSampling2d({size: [2, 3]})),
  one('upSampling2d on images of any size', [null, null, 3], () => layers.upSampling2d({size: [2, 2]})),
  one(
    'a small U-Net on images of any size',
    [null, null, 3],
    () => layers.upSampling2d({size: [2, 2]}),
    'float32',
    () => [
      layers.conv2d({filters: 4, kernelSize: 3, strides: 2, padding: 'same'}),
      layers.conv2d({filters: 4, kernelSize: 3}),
      layers.maxPooling2d({poolSize: 2}),
      layers.conv2dTranspose({filters: 2, kernelSize: 3, strides: 2, padding: 'same'}),
      layers.cropping2D({
        cropping: [
          [1, 0],
          [0, 1],
        ],
      }),
    ],
  ),
  one('maxPooling1d', [9, 3], () => layers.maxPooling1d({poolSize: 2})),
  one('maxPooling2d', [8, 8, 3], () => layers.maxPooling2d({poolSize: 2})),
  one('maxPooling3d', [4, 6, 8, 2], () => layers.maxPooling3d({poolSize: [2, 2, 2]})),
  one('averagePooling1d', [9, 3], () => layers.averagePooling1d({poolSize: 3, strides: 1, padding: 'same'})),
  one('averagePooling2d', [8, 8, 3], () => layers.averagePooling2d({poolSize: [3, 2]})),
  one('averagePooling3d', [4, 6, 8, 2], () => layers.averagePooling3d({poolSize: [2, 2, 2]})),
  one('globalAveragePooling1d', [null, 3], () => layers.globalAveragePooling1d({})),
  one('globalAveragePooling2d', [null, null, 3], () => layers.globalAveragePooling2d({dataFormat: 'channelsLast'})),
  one('globalMaxPooling1d', [9, 3], () => layers.globalMaxPooling1d({})),
  one('globalMaxPooling2d', [8, 8, 3], () => layers.globalMaxPooling2d({dataFormat: 'channelsLast'})),
  one('batchNormalization', [6], () =>
    layers.batchNormalization({gammaInitializer: 'randomNormal', movingMeanInitializer: 'randomNormal'}),
  ),
  one('batchNormalization of images', [8, 8, 3], () => layers.batchNormalization({betaInitializer: 'randomNormal'})),
  one('layerNormalization', [null, 6], () => layers.layerNormalization({gammaInitializer: 'randomNormal'})),
  one(
    'dense layers around layerNormalization',
    [9, 6],
    () => layers.dense({units: 4}),
    'float32',
    () => [layers.dense({units: 6, activation: 'relu'}), layers.layerNormalization({betaInitializer: 'randomNormal'})],
  ),
  one('simpleRNN', [5, 3], () => layers.simpleRNN({units: 4})),
  one('gru', [5, 3], () => layers.gru({units: 4, returnSequences: true, recurrentInitializer: 'glorotUniform'})),
  one('gru backwards', [5, 3], () => layers.gru({units: 4, goBackwards: true, recurrentInitializer: 'glorotUniform'})),
  one('lstm', [5, 3], () => layers.lstm({units: 4, recurrentInitializer: 'glorotUniform'})),
  one('lstm of single values', [7, 1], () => layers.lstm({units: 4, recurrentInitializer: 'glorotUniform'})),
  one('gru of single values', [7, 1], () =>
    layers.gru({units: 4, returnSequences: true, recurrentInitializer: 'glorotUniform'}),
  ),
  one('bidirectional lstm of single values', [7, 1], () =>
    layers.bidirectional({
      layer: layers.lstm({units: 3, recurrentInitializer: 'glorotUniform'}) as Layers.RNN,
      mergeMode: 'sum',
    }),
  ),
  one('lstm unrolled', [5, 3], () => layers.lstm({units: 4, unroll: true, recurrentInitializer: 'glorotUniform'})),
  one(
    'lstm of a masked sequence',
    [5, 3],
    () => layers.lstm({units: 4}),
    'float32',
    () => [layers.masking()],
  ),
  one('stacked cells', [5, 3], () =>
    layers.rnn({cell: layers.stackedRNNCells({cells: [layers.lstmCell({units: 3}), layers.gruCell({units: 2})]})}),
  ),
  one('convLstm2d', [3, 6, 6, 2], () =>
    layers.convLstm2d({filters: 2, kernelSize: 3, recurrentInitializer: 'glorotUniform'}),
  ),
  one('bidirectional', [5, 3], () =>
    layers.bidirectional({layer: layers.lstm({units: 3}) as Layers.RNN, mergeMode: 'concat'}),
  ),
  one('timeDistributed', [5, 3], () => layers.timeDistributed({layer: layers.dense({units: 2})})),
  merge('add', () => layers.add()),
  merge('average', () => layers.average()),
  merge('concatenate', () => layers.concatenate()),
  merge('maximum', () => layers.maximum()),
  merge('minimum', () => layers.minimum()),
  merge('multiply', () => layers.multiply()),
  merge('dot', () => layers.dot({axes: -1})),
];

function activations(): Case[] {
  const names = ['elu', 'hardSigmoid', 'linear', 'relu', 'relu6', 'selu', 'sigmoid', 'softmax', 'softplus', 'softsign'];
  return [...names, 'tanh', 'swish', 'mish', 'gelu', 'gelu_new'].map(activation =>
    one(`activation ${activation}`, [6], () => layers.activation({activation: activation as 'relu'})),
  );
}

function one(
  name: string,
  shape: Shape,
  layer: () => Layer,
  dtype: 'float32' | 'int32' = 'float32',
  before: () => Layer[] = () => [],
): Case {
  return {
    name,
    specs: {x: {shape: [null, ...shape], dtype}},
    make() {
      const input = tf.input({shape: [...shape], dtype});
      const output = [...before(), layer()].reduce((x, next) => next.apply(x) as SymbolicTensor, input);
      const model = tf.model({inputs: input, outputs: output});
      return x => model.apply(x) as Tensor;
    },
  };
}

/** A layer that merges two inputs of one shape. */
function merge(name: string, layer: () => Layer): Case {
  const spec = {shape: [null, 4], dtype: 'float32'} as const;
  return {
    name: `merging by ${name}`,
    specs: {a: spec, b: spec},
    make() {
      const inputs = [tf.input({shape: [4]}), tf.input({shape: [4]})];
      const model = tf.model({inputs, outputs: layer().apply(inputs) as SymbolicTensor});
      return (...tensors) => model.apply(tensors) as Tensor;
    },
  };
}
