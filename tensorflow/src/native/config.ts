import protobuf from 'protobufjs/minimal.js';

/** What of ConfigProto (tensorflow/core/protobuf/config.proto) a session is made with. */
export interface SessionConfig {
  readonly intraThreads?: number;
  readonly interThreads?: number;
  readonly device: 'auto' | 'cpu';
  /** The share of a GPU's memory that may be taken, above 0 and at most 1; all when not given. */
  readonly gpuMemoryFraction?: number;
  /** Without TensorFlow's own rewriting of graphs (Grappler), and without `fused`. */
  readonly exact?: boolean;
  /** Grappler goes over the graph once, and without its part on MLIR, which has nothing left to find. */
  readonly rewrittenOnce?: boolean;
  /** Grappler makes Ingot's own ops (tensorflow/fused/) of the patterns that it knows. */
  readonly fused?: boolean;
}

// Field numbers of ConfigProto, its map entry, GPUOptions, GraphOptions and RewriterConfig.
const DEVICE_COUNT = 1;
const INTRA_OP_PARALLELISM_THREADS = 2;
const INTER_OP_PARALLELISM_THREADS = 5;
const GPU_OPTIONS = 6;
const ALLOW_SOFT_PLACEMENT = 7;
const USE_PER_SESSION_THREADS = 9;
const PER_PROCESS_GPU_MEMORY_FRACTION = 1;
const ALLOW_GROWTH = 4;
const GRAPH_OPTIONS = 10;
const REWRITE_OPTIONS = 10;
const META_OPTIMIZER_ITERATIONS = 12;
const DISABLE_META_OPTIMIZER = 19;
const DISABLE_TFG_OPTIMIZER = 32;
const CUSTOM_OPTIMIZERS = 200;
const FUSION = 'ingot';
const varint = (field: number) => field << 3;
const double = (field: number) => (field << 3) | 1;
const message = (field: number) => (field << 3) | 2;

/**
 * A serialized ConfigProto. GPU memory is taken as it is needed. An op whose graph asks for a device that is not there, or
 * has no kernel for it, runs on the processor, as it does in Python.
 */
export function sessionConfig(config: SessionConfig): Uint8Array {
  const writer = protobuf.Writer.create();
  if (config.device === 'cpu') {
    writer.uint32(message(DEVICE_COUNT)).fork().uint32(message(1)).string('GPU').uint32(varint(2)).int32(0).ldelim();
  }
  if (config.intraThreads !== undefined) writer.uint32(varint(INTRA_OP_PARALLELISM_THREADS)).int32(config.intraThreads);
  if (config.interThreads !== undefined) {
    writer.uint32(varint(INTER_OP_PARALLELISM_THREADS)).int32(config.interThreads);
    writer.uint32(varint(USE_PER_SESSION_THREADS)).bool(true);
  }
  writer.uint32(message(GPU_OPTIONS)).fork().uint32(varint(ALLOW_GROWTH)).bool(true);
  if (config.gpuMemoryFraction !== undefined) {
    writer.uint32(double(PER_PROCESS_GPU_MEMORY_FRACTION)).double(config.gpuMemoryFraction);
  }
  writer.ldelim();
  writer.uint32(varint(ALLOW_SOFT_PLACEMENT)).bool(true);
  const rewriting = rewriterConfig(config);
  if (rewriting.length > 0) {
    writer.uint32(message(GRAPH_OPTIONS)).fork().uint32(message(REWRITE_OPTIONS)).bytes(rewriting).ldelim();
  }
  return writer.finish();
}

function rewriterConfig({exact, rewrittenOnce, fused}: SessionConfig): Uint8Array {
  const writer = protobuf.Writer.create();
  if (exact === true) return writer.uint32(varint(DISABLE_META_OPTIMIZER)).bool(true).finish();
  if (rewrittenOnce === true) {
    writer.uint32(varint(META_OPTIMIZER_ITERATIONS)).int32(1).uint32(varint(DISABLE_TFG_OPTIMIZER)).bool(true);
  }
  if (fused === true) writer.uint32(message(CUSTOM_OPTIMIZERS)).fork().uint32(message(1)).string(FUSION).ldelim();
  return writer.finish();
}
