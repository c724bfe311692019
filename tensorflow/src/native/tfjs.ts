import {createRequire} from 'node:module';
import util from 'node:util';
import type * as TensorFlow from '@tensorflow/tfjs-node';
import {prepareEnvironment} from './environment.js';

// tfjs-node 4.22 calls two functions that Node 23 removed; its fix was never released.
const legacy = util as unknown as Record<string, unknown>;
legacy['isNullOrUndefined'] ??= (value: unknown) => value === null || value === undefined;
legacy['isArray'] ??= Array.isArray;

prepareEnvironment();

/**
 * tfjs-node, the same module instance that a notebook's `import '@tensorflow/tfjs-node'` gets. It is the one for GPUs, too:
 * what tells it from tfjs-node-gpu is the TensorFlow that its binding is linked with.
 */
export const tf = createRequire(import.meta.url)('@tensorflow/tfjs-node') as typeof TensorFlow;

mendRound();

/** TensorFlow's op Round (2.21) makes zeros of whole numbers. They are round. */
function mendRound(): void {
  const kernel = tf.getKernel('Round', 'tensorflow') as unknown as {kernelFunc: (args: RoundArgs) => object};
  const {kernelFunc} = kernel;
  kernel.kernelFunc = args => {
    const {x} = args.inputs;
    if (x.dtype !== 'int32') return kernelFunc(args);
    args.backend.incRef(x.dataId);
    return {dataId: x.dataId, shape: x.shape, dtype: x.dtype};
  };
}

interface RoundArgs {
  readonly inputs: {readonly x: TensorFlow.TensorInfo};
  readonly backend: {incRef(dataId: object): void};
}
