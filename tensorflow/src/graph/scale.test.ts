import type {Tensor, Tensor3D} from '@tensorflow/tfjs-node';
import {capture} from '../capture/index.js';
import {tf} from '../native/index.js';
import {sorted} from './graph.js';

/** The ops of the scores of an attention over 60 steps, in their order. */
function scores(head: number, also: (scores: Tensor) => Record<string, Tensor> = () => ({})): string[] {
  const captured = capture(
    (q, k) => {
      const product = tf.matMul(q as Tensor3D, k as Tensor3D, false, true);
      return {y: tf.softmax(product.div(Math.sqrt(head))), ...also(product)};
    },
    {q: {shape: [null, 60, head], dtype: 'float32'}, k: {shape: [null, 60, head], dtype: 'float32'}},
  );
  const ops = sorted(Object.values(captured.graph.outputs)).flatMap(node => (node.kind === 'op' ? [node.op] : []));
  captured.dispose();
  return ops;
}

test('scores are scaled before their product where that changes no digit and is less work', () => {
  expect(scores(16)).toEqual(['RealDiv', 'BatchMatMulV2', 'Softmax']);
  expect(scores(64)).toEqual(['BatchMatMulV2', 'RealDiv', 'Softmax']);
  expect(scores(8)).toEqual(['BatchMatMulV2', 'RealDiv', 'Softmax']);
});

test('a product that is used unscaled, too, is computed once', () => {
  expect(scores(16, product => ({product}))).toEqual(['BatchMatMulV2', 'RealDiv', 'Softmax']);
});
