import type {Tensor} from '@tensorflow/tfjs-node';
import {tf} from '../native/index.js';
import {histogram} from './histogram.js';

/**
 * Lets tfjs's own `tf.node.tensorBoard(dir, {histogramFreq})` and `summaryFileWriter(...).histogram` go on where they throw
 * "Can't concatenate scalars" and end the training: when all values of a weight are equal, as zero biases are.
 */
export function mendTfjsHistograms(): void {
  const backend = tf.findBackend('tensorflow') as unknown as {buckets(data: Tensor, count?: number): Tensor} | null;
  if (backend === null) return;
  // For every instance: tfjs makes the backend anew where a program asks for that.
  const prototype = Object.getPrototypeOf(backend) as typeof backend;
  prototype.buckets = (data, count = 30) => {
    if (!Number.isInteger(count) || count <= 0) throw new Error(`A histogram needs 1 bucket or more, not ${count}`);
    const rows = histogram(data.dataSync(), count);
    return tf.tensor2d(rows.flat(), [rows.length, 3], 'float32');
  };
}
