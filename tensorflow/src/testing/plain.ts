import type {Tensor} from '@tensorflow/tfjs-node';
import {tf} from '../native/index.js';
import type {Dtype, HostTensor} from '../tensor/tensor.js';

/** A tensor as JSON carries it without loss. */
export interface PlainTensor {
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Raw bytes as base64, or each string as base64. */
  readonly data: string | readonly string[];
}

/** A tensor in the form in which the judge answers, so that answers compare bit by bit. */
export async function toPlain(tensor: Tensor | PlainTensor): Promise<PlainTensor> {
  if (!(tensor instanceof tf.Tensor)) return tensor;
  if (tensor.dtype === 'string') {
    const values = (await tensor.bytes()) as Uint8Array[];
    return {dtype: 'string', shape: tensor.shape, data: values.map(value => Buffer.from(value).toString('base64'))};
  }
  const values = await tensor.data();
  const data = Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64');
  return {dtype: tensor.dtype, shape: tensor.shape, data};
}

/** The same as a session takes it. */
export function fromPlain({dtype, shape, data}: PlainTensor): HostTensor {
  const bytes = (base64: string): Uint8Array => new Uint8Array(Buffer.from(base64, 'base64'));
  return {
    dtype: dtype as Dtype,
    shape: [...shape],
    data: typeof data === 'string' ? bytes(data) : data.map(bytes),
  };
}

/** The same of what a session gives. */
export function hostToPlain({dtype, shape, data}: HostTensor): PlainTensor {
  const base64 = ({buffer, byteOffset, byteLength}: ArrayBufferView<ArrayBufferLike>): string =>
    Buffer.from(buffer, byteOffset, byteLength).toString('base64');
  return {dtype, shape, data: ArrayBuffer.isView(data) ? base64(data) : data.map(value => base64(value as Uint8Array))};
}

/** The numbers of a plain tensor, for messages and tolerances. */
export function numbersOf({dtype, data}: PlainTensor): number[] {
  const bytes = Buffer.from(data as string, 'base64');
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  switch (dtype) {
    case 'float32':
      return Array.from(new Float32Array(buffer));
    case 'int32':
      return Array.from(new Int32Array(buffer));
    case 'bool':
      return Array.from(new Uint8Array(buffer));
    default:
      throw new Error(`No numbers of ${dtype}.`);
  }
}
