import type {Tensor} from '@tensorflow/tfjs-node';
import {tf} from '../native/index.js';
import type {Binding, HostValues, NodeBackend} from './backend.js';

/** What stands in the place of parts of tfjs's backend and binding while a function is recorded. */
export interface Seams
  extends
    Pick<Binding, 'executeOp' | 'createTensor' | 'deleteTensor'>,
    Pick<NodeBackend, 'getInputTensorIds' | 'readSync' | 'write'> {
  /** A kernel begins (1) or ends (-1) to look at values, only to check them. */
  checks(change: 1 | -1): void;
  /** `Math.random` was called. */
  draws(): void;
}

/** Kernels that look at a tensor's values only to check them; TensorFlow's own op checks again when the graph runs. */
const CHECKING_KERNELS = ['GatherV2'] as const;

/** Puts the seams between tfjs and its binding; the function that it returns takes them out again. */
export function interpose(backend: NodeBackend, seams: Seams): () => void {
  const {binding} = backend;
  const overrides: Pick<Binding, 'executeOp' | 'createTensor' | 'deleteTensor'> = {
    executeOp: (name, attrs, inputIds, outputs) => seams.executeOp(name, attrs, inputIds, outputs),
    createTensor: (shape, dtype, values) => seams.createTensor(shape, dtype, values),
    deleteTensor: id => seams.deleteTensor(id),
  };
  backend.binding = Object.create(binding, Object.getOwnPropertyDescriptors(overrides)) as Binding;
  const own = backend as unknown as Record<string, unknown>;
  own['getInputTensorIds'] = (tensors: readonly Tensor[]) => seams.getInputTensorIds(tensors);
  own['write'] = (values: HostValues, shape: number[], dtype: string) => seams.write(values, shape, dtype);
  own['readSync'] = (dataId: object) => seams.readSync(dataId);
  const kernels = CHECKING_KERNELS.map(name => checking(name, seams));
  const random = Math.random;
  Math.random = () => {
    seams.draws();
    return random();
  };
  return () => {
    Math.random = random;
    backend.binding = binding;
    delete own['getInputTensorIds'];
    delete own['write'];
    delete own['readSync'];
    for (const undo of kernels) undo();
  };
}

function checking(name: string, seams: Seams): () => void {
  const kernel = tf.getKernel(name, 'tensorflow') as {kernelFunc: (...args: unknown[]) => unknown};
  const original = kernel.kernelFunc;
  kernel.kernelFunc = (...args) => {
    seams.checks(1);
    try {
      return original(...args);
    } finally {
      seams.checks(-1);
    }
  };
  return () => void (kernel.kernelFunc = original);
}
