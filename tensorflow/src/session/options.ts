import {sessionConfig} from '../native/config.js';
import {deviceInUse} from '../native/device.js';
import {deviceChoice} from '../native/gpu.js';
import {TensorFlowError} from '../error.js';

/** How a session computes. */
export interface SessionOptions {
  /** Threads for one op (`intra`) and for ops side by side (`inter`); a number is both. TensorFlow decides when not given. */
  readonly threads?: number | {readonly intra?: number; readonly inter?: number};
  /** `auto` is the default: INGOT_DEVICE, else a GPU if TensorFlow reports one. `gpu` without a GPU is an error. */
  readonly device?: 'auto' | 'cpu' | 'gpu';
  /** The share of a GPU's memory that may be taken, above 0 and at most 1. All may be, as it is needed, when not given. */
  readonly gpuMemoryFraction?: number;
  /**
   * Runs the graph as it is given, op by op, so that each rounds as it would alone. TensorFlow rewrites graphs otherwise, and
   * Ingot makes one op of attention, layer normalisation and dense layers: quicker, with the last bits rounded otherwise. The
   * first run comes sooner with it. Where oneDNN is on, which it is unless `TF_ENABLE_ONEDNN_OPTS=0` is in the environment
   * before TensorFlow is loaded, an op of a graph may still round otherwise than the same op of TensorFlow.js.
   */
  readonly exact?: boolean;
  /**
   * Rewrites the graph once instead of twice, and without TensorFlow's youngest rewriter. The first run comes a third to a half
   * sooner; of the models that were tried (convolutions, transformers) none ran slower after it.
   */
  readonly rewrittenOnce?: boolean;
}

/**
 * The options as a serialized ConfigProto.
 * @throws TensorFlowError INVALID_ARGUMENT for a number of threads that is none; NativeBuildError for a missing GPU.
 */
export function configOf(options: SessionOptions): Uint8Array {
  const {bytes, demandsGpu} = configBytes(options);
  if (demandsGpu) deviceInUse('gpu');
  return bytes;
}

/** The same without TensorFlow: whether a GPU that is demanded is there, the caller must ask. */
export function configBytes(options: SessionOptions): {readonly bytes: Uint8Array; readonly demandsGpu: boolean} {
  const {threads} = options;
  const {intra, inter} = typeof threads === 'object' ? threads : {intra: threads, inter: threads};
  for (const count of [intra, inter]) {
    if (count !== undefined && !(Number.isInteger(count) && count >= 1 && count <= 4096)) {
      throw new TensorFlowError('INVALID_ARGUMENT', `threads is ${count}; it must be a whole number from 1 to 4096`);
    }
  }
  const device = deviceChoice(options.device ?? process.env['INGOT_DEVICE']);
  const bytes = sessionConfig({
    device: device === 'cpu' ? 'cpu' : 'auto',
    ...(intra !== undefined && {intraThreads: intra}),
    ...(inter !== undefined && {interThreads: inter}),
    ...(options.gpuMemoryFraction !== undefined && {gpuMemoryFraction: options.gpuMemoryFraction}),
    ...(options.exact === true ? {exact: true} : {fused: true}),
    ...(options.rewrittenOnce === true && {rewrittenOnce: true}),
  });
  return {bytes, demandsGpu: device === 'gpu'};
}
