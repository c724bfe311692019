import {StatusError, invalidArgument} from '../status/status.js';

/** What clients are told by a batching queue, in TensorFlow Serving's words. */
export const batchingErrors = {
  full: (): StatusError =>
    new StatusError('UNAVAILABLE', 'The batch scheduling queue to which this task was submitted is full'),
  tooLate: (): StatusError =>
    new StatusError('RESOURCE_EXHAUSTED', 'Run() timeout exceeded while waiting in batching queue'),
  tooLarge: (rows: number, most: number): StatusError =>
    invalidArgument(`Task size ${rows} is larger than maximum input batch size ${most}`),
  noDimension: (): StatusError => invalidArgument('Batching Run() input tensors must have at least one dimension'),
  unequal: (): StatusError => invalidArgument('Batching Run() input tensors must have equal 0th-dimension size'),
  scalarOutput: (): StatusError => new StatusError('FAILED_PRECONDITION', 'Batched output tensor has 0 dimensions'),
  outputRows: (): StatusError =>
    new StatusError(
      'FAILED_PRECONDITION',
      "Batched output tensor's 0th dimension does not equal the sum of the 0th dimension sizes of the input tensors",
    ),
  expired: (deadlineMs: number): StatusError =>
    new StatusError('DEADLINE_EXCEEDED', `the request was given up after its deadline of ${Math.round(deadlineMs)} ms`),
  cancelled: (): StatusError => new StatusError('CANCELLED', 'the request was cancelled'),
};
