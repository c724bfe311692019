import {availableParallelism} from 'node:os';
import {messages} from '../codec/proto.js';
import {invalidArgument} from '../status/status.js';
import {readSource} from './files.js';
import {parseTextFormat} from './text-format.js';

/** TensorFlow Serving's fixed batching, with its defaults filled in. */
export interface BatchingParameters {
  readonly maxBatchSize: number;
  readonly batchTimeoutMicros: number;
  /** A queue, that is a signature of a version, holds at most so many batches. */
  readonly maxEnqueuedBatches: number;
  readonly numBatchThreads: number;
  readonly threadPoolName: string;
  /** Ascending; empty for any size. */
  readonly allowedBatchSizes: readonly number[];
  readonly padVariableLengthInputs: boolean;
  readonly enableLargeBatchSplitting: boolean;
  readonly maxExecutionBatchSize: number;
}

type Wrapped<T> = {readonly value?: T};
interface PlainParameters {
  readonly max_batch_size?: Wrapped<string>;
  readonly batch_timeout_micros?: Wrapped<string>;
  readonly max_enqueued_batches?: Wrapped<string>;
  readonly num_batch_threads?: Wrapped<string>;
  readonly thread_pool_name?: Wrapped<string>;
  readonly allowed_batch_sizes?: readonly string[];
  readonly pad_variable_length_inputs?: boolean;
  readonly enable_large_batch_splitting?: Wrapped<boolean>;
  readonly max_execution_batch_size?: Wrapped<string>;
}

/** What --enable_batching means without a file. */
export const DEFAULT_BATCHING: BatchingParameters = {...parse(''), threadPoolName: 'model_server_batch_threads'};

/** Reads a --batching_parameters_file. @throws StatusError INVALID_ARGUMENT when it makes no sense. */
export function readBatchingParameters(file: string): Promise<BatchingParameters> {
  return readSource(file, parse);
}

/** Reads BatchingParameters in protobuf text form. @throws StatusError INVALID_ARGUMENT when they make no sense. */
export function parse(source: string): BatchingParameters {
  const plain = parseTextFormat(messages.BatchingParameters, source) as PlainParameters;
  const number = (field: Wrapped<string> | undefined, initial: number): number =>
    field === undefined ? initial : Number(field.value ?? 0);
  const maxBatchSize = number(plain.max_batch_size, 1000);
  const allowedBatchSizes = (plain.allowed_batch_sizes ?? []).map(Number);
  const parameters: BatchingParameters = {
    maxBatchSize,
    batchTimeoutMicros: number(plain.batch_timeout_micros, 0),
    maxEnqueuedBatches: number(plain.max_enqueued_batches, 10),
    numBatchThreads: number(plain.num_batch_threads, availableParallelism()),
    threadPoolName: plain.thread_pool_name?.value ?? 'batch_threads',
    allowedBatchSizes,
    padVariableLengthInputs: plain.pad_variable_length_inputs ?? false,
    enableLargeBatchSplitting: plain.enable_large_batch_splitting?.value ?? false,
    maxExecutionBatchSize: number(plain.max_execution_batch_size, maxBatchSize),
  };
  check(parameters);
  return parameters;
}

function check(parameters: BatchingParameters): void {
  const {maxBatchSize, allowedBatchSizes} = parameters;
  const positive = {
    max_batch_size: maxBatchSize,
    max_enqueued_batches: parameters.maxEnqueuedBatches,
    num_batch_threads: parameters.numBatchThreads,
    max_execution_batch_size: parameters.maxExecutionBatchSize,
  };
  for (const [field, value] of Object.entries(positive)) {
    if (value < 1) throw invalidArgument(`${field} must be positive; was ${value}`);
  }
  if (parameters.batchTimeoutMicros < 0) {
    throw invalidArgument(`batch_timeout_micros must be non-negative; was ${parameters.batchTimeoutMicros}`);
  }
  if (allowedBatchSizes.some((size, i) => size < 1 || size <= (allowedBatchSizes[i - 1] ?? 0))) {
    throw invalidArgument(
      `allowed_batch_sizes entries must be monotonically increasing; they are ${allowedBatchSizes}`,
    );
  }
  const last = allowedBatchSizes.at(-1);
  if (last !== undefined && last !== maxBatchSize) {
    throw invalidArgument(
      'Last entry in allowed_batch_sizes must match max_batch_size; ' +
        `last entry was ${last}; expected ${maxBatchSize}`,
    );
  }
}
