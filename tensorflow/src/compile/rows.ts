import type {Tensor} from '@tensorflow/tfjs-node';
import {nodeBackend, type HostValues} from '../recording/backend.js';
import {tf} from '../native/index.js';

/** Data sets above this many bytes are cut by TensorFlow, since cutting them here needs a copy in JavaScript. */
const MOST_BYTES = 2 ** 30;

/** The rows of a tensor that lie in JavaScript, so that batches are cut without an op and fed without a copy. */
export class Rows {
  private readonly values: HostValues;
  private readonly width: number;

  /** Whether all of these can be cut in JavaScript. */
  static canCut(tensors: readonly (Tensor | null | undefined)[]): tensors is Tensor[] {
    return tensors.every(tensor => tensor != null && tensor.dtype !== 'complex64' && tensor.size * 4 <= MOST_BYTES);
  }

  constructor(private readonly tensor: Tensor) {
    this.values = nodeBackend().readSync(tensor.dataId);
    this.width = tensor.size / (tensor.shape[0] as number);
  }

  range(from: number, to: number): Tensor {
    const {values, width} = this;
    const isTyped = ArrayBuffer.isView(values);
    return this.make(
      to - from,
      isTyped ? values.subarray(from * width, to * width) : values.slice(from * width, to * width),
    );
  }

  take(indices: ArrayLike<number>): Tensor {
    const {values, width} = this;
    if (!ArrayBuffer.isView(values)) {
      const rows = Array.from(indices, row => values.slice(row * width, (row + 1) * width));
      return this.make(rows.length, rows.flat());
    }
    const Values = values.constructor as new (length: number) => Exclude<HostValues, Uint8Array[]>;
    const taken = new Values(indices.length * width);
    for (let i = 0; i < indices.length; i++) {
      const row = indices[i] as number;
      taken.set(values.subarray(row * width, (row + 1) * width), i * width);
    }
    return this.make(indices.length, taken);
  }

  private make(count: number, values: HostValues): Tensor {
    const {dtype} = this.tensor;
    const shape = [count, ...this.tensor.shape.slice(1)];
    return tf.engine().makeTensorFromTensorInfo({dataId: nodeBackend().write(values, shape, dtype), shape, dtype});
  }
}

type BatchFunction = (batch: Tensor[]) => Tensor[];

/**
 * The same for a loop of tfjs that gathers the rows of each batch from `data` and passes them to `fn`: it gets the numbers
 * of the rows as its only data, and the rows themselves are cut here.
 */
export function cutting(
  fn: BatchFunction,
  data: readonly (Tensor | null)[],
): {fn: BatchFunction; data: Tensor[]} | undefined {
  const given = data.filter(tensor => tensor !== null);
  const isTrailing = given.every((tensor, i) => tensor === data[i]);
  const [first] = given;
  if (first === undefined || !isTrailing || !Rows.canCut(given)) return undefined;
  const rows = given.map(tensor => new Rows(tensor));
  return {
    fn: ([numbers]) => {
      const indices = (numbers as Tensor).dataSync();
      return fn(rows.map(tensor => tensor.take(indices)));
    },
    data: [tf.range(0, first.shape[0] as number, 1, 'int32')],
  };
}
