import {tf} from '@ingot/tensorflow';

/** Whether TensorFlow.js computes on a GPU in this process. */
export function isOnGpu(): boolean {
  return (tf.backend() as unknown as {isUsingGpuDevice?: boolean}).isUsingGpuDevice === true;
}
