import type {Tensor3D} from '@tensorflow/tfjs-node';
import {tf} from '../native/index.js';
import type {EncodedImage} from './summary.js';

/**
 * A tensor as a PNG for `SummaryWriter.image`.
 * @param pixels [height, width, 1, 3 or 4]; floats from 0 to 1, or whole numbers from 0 to 255
 */
export async function encodeImage(pixels: Tensor3D): Promise<EncodedImage> {
  const [height, width] = pixels.shape;
  const bytes = tf.tidy(
    () => (pixels.dtype === 'float32' ? pixels.clipByValue(0, 1).mul(255).round() : pixels).toInt() as Tensor3D,
  );
  try {
    return {width, height, encoded: await tf.node.encodePng(bytes)};
  } finally {
    bytes.dispose();
  }
}
