import {htmlTable, textTable} from '../library/display/html.js';
import {encodePng} from './png.js';
import type {MimeBundle} from './seam.js';

/** A tfjs tensor, known by what it can do: which copy of tfjs made it does not matter. */
interface Tensor {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly isDisposed: boolean;
  dataSync(): ArrayLike<number>;
  toString(verbose?: boolean): string;
}

const MIN_IMAGE_SIDE = 8;
const MAX_IMAGE_SIDE = 2048;
const MAX_STRIP_WIDTH = 640;

/** A tensor with its shape, dtype and first values; an image as well when its shape and values are those of one. */
export function tensorBundle(value: object): MimeBundle | undefined {
  if (!isTensor(value)) {
    return undefined;
  }
  const title = `Tensor ${value.dtype} [${value.shape.join(', ')}]`;
  if (value.isDisposed) {
    return {'text/plain': `${title}, disposed`};
  }
  const text = value.toString().replace(/^Tensor\n/, `${title}\n`);
  const png = imageOf(value);
  return png ? {'text/plain': text, 'image/png': png.toString('base64')} : {'text/plain': text};
}

function isTensor(value: object): value is Tensor {
  return (
    'dataId' in value &&
    'dtype' in value &&
    'shape' in value &&
    Array.isArray(value.shape) &&
    'dataSync' in value &&
    typeof value.dataSync === 'function'
  );
}

/**
 * [height, width, 1, 3 or 4] with values from 0 to 255 (int32) or 0 to 1 (float32), as tf.node.decodeImage gives them; of a
 * batch of them, the first ones side by side.
 */
function imageOf(tensor: Tensor): Buffer | undefined {
  const [height = 0, width = 0, channels = 0] = tensor.shape.slice(-3);
  const [batch = 1] = tensor.shape.length === 4 ? tensor.shape : [];
  const count = Math.min(batch, Math.floor(MAX_STRIP_WIDTH / width) || 1);
  const fits = (side: number) => side >= MIN_IMAGE_SIDE && side <= MAX_IMAGE_SIDE;
  if (![3, 4].includes(tensor.shape.length) || ![1, 3, 4].includes(channels) || !fits(height) || !fits(width)) {
    return undefined;
  }
  if ((tensor.dtype !== 'int32' && tensor.dtype !== 'float32') || batch < 1) {
    return undefined;
  }
  const bytes = bytesOf(tensor.dataSync(), count * height * width * channels, tensor.dtype === 'int32' ? 1 : 255);
  return bytes && encodePng(sideBySide(bytes, count, height, width * channels), count * width, height, channels);
}

/** Undefined when a value is none of an image's. */
function bytesOf(values: ArrayLike<number>, count: number, scale: number): Uint8Array | undefined {
  const pixels = new Uint8Array(count);
  for (let at = 0; at < count; at++) {
    const pixel = (values[at] ?? NaN) * scale;
    if (!(pixel >= 0 && pixel <= 255.5)) {
      return undefined;
    }
    pixels[at] = Math.round(pixel);
  }
  return pixels;
}

/** [count, height, stride] -> [height, count * stride]. */
function sideBySide(pixels: Uint8Array, count: number, height: number, stride: number): Uint8Array {
  const strip = new Uint8Array(pixels.length);
  for (let image = 0; image < count; image++) {
    for (let row = 0; row < height; row++) {
      const from = (image * height + row) * stride;
      strip.set(pixels.subarray(from, from + stride), (row * count + image) * stride);
    }
  }
  return strip;
}

/** What `tf.memory()` returns. */
export function memoryBundle(value: object): MimeBundle | undefined {
  if (!('numTensors' in value && 'numDataBuffers' in value && 'numBytes' in value)) {
    return undefined;
  }
  const {numTensors, numDataBuffers, numBytes} = value as Record<'numTensors' | 'numDataBuffers' | 'numBytes', number>;
  const rows = [
    ['live tensors', String(numTensors)],
    ['data buffers', String(numDataBuffers)],
    ['MB', (numBytes / 1e6).toFixed(3)],
  ];
  const header = ['tensors in memory', ''];
  return {'text/plain': textTable(header, rows), 'text/html': htmlTable(header, rows)};
}
