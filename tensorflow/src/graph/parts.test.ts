import type {Tensor} from '@tensorflow/tfjs-node';
import {tf} from '../native/index.js';
import {sorted} from './graph.js';
import {capture} from '../capture/index.js';

/** How often each op is in the graph of an LSTM over 7 steps of so many values. */
function opsOf(values: number): Map<string, number> {
  const model = tf.sequential({
    layers: [tf.layers.lstm({units: 4, inputShape: [7, values], recurrentInitializer: 'glorotUniform'})],
  });
  const captured = capture(x => model.predict(x) as Tensor, {x: {shape: [null, 7, values], dtype: 'float32'}});
  const counts = new Map<string, number>();
  for (const node of sorted(Object.values(captured.graph.outputs))) {
    if (node.kind === 'op') counts.set(node.op, (counts.get(node.op) ?? 0) + 1);
  }
  captured.dispose();
  model.dispose();
  return counts;
}

test('a series of single values meets the kernel once, not at each step', () => {
  expect(opsOf(1).get('MatMul')).toBe(1 + 7);
  expect(opsOf(2).get('MatMul')).toBe(7 + 7);
});

test('gates that are squeezed alike are squeezed at once', () => {
  const ops = opsOf(2);
  expect(ops.get('Minimum')).toBe(7);
  expect(ops.get('Maximum')).toBe(7);
  expect(ops.get('Slice')).toBe(7);
});

test('parts that only some ops share, and parts that are outputs, stay as they are', () => {
  const halves = (x: Tensor) => {
    const [a, b] = tf.split(x, 2, 1) as [Tensor, Tensor];
    return {a, b: b.mul(2), c: a.add(1)};
  };
  const {graph} = capture(halves, {x: {shape: [null, 4], dtype: 'float32'}});
  expect(graph.outputs['a']?.node).toMatchObject({op: 'SplitV'});
  expect(graph.outputs['b']?.node).toMatchObject({op: 'Mul'});
  expect(graph.outputs['c']?.node).toMatchObject({op: 'Add'});
});
