import {tf} from './tfjs.js';

test('tfjs-node computes on the TensorFlow wheel', async () => {
  expect(Array.from(await tf.tensor([1, 2]).mul(3).data())).toEqual([3, 6]);
});
