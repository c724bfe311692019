import type {BatchingParameters} from '../config/batching.js';
import type {Admission, BatchPolicy, Decision, QueueView} from './policy.js';

/** TensorFlow Serving's batching by fixed parameters. */
export class FixedPolicy implements BatchPolicy {
  readonly maxRows: number;
  readonly maxRequestRows: number;
  readonly split: boolean;
  readonly padInputs: boolean;

  constructor(private readonly parameters: BatchingParameters) {
    this.maxRequestRows = parameters.maxBatchSize;
    this.split = parameters.enableLargeBatchSplitting;
    this.maxRows = this.split ? parameters.maxExecutionBatchSize : parameters.maxBatchSize;
    this.padInputs = parameters.padVariableLengthInputs;
  }

  paddedRows(rows: number): number {
    return this.parameters.allowedBatchSizes.find(size => size >= rows) ?? rows;
  }

  /** By rows: a queue holds so many full batches. */
  admits({rows, queuedRows}: Admission): boolean {
    return queuedRows + rows <= this.parameters.maxEnqueuedBatches * this.maxRows;
  }

  arrived(): void {}

  decide({rows, waitedMs}: QueueView): Decision {
    if (rows === 0) return null;
    const left = this.parameters.batchTimeoutMicros / 1000 - waitedMs;
    return rows >= this.maxRows || left <= 0 ? {run: this.maxRows} : {waitMs: left};
  }

  started(): void {}

  finished(): void {}
}
