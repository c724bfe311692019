/** TensorFlow's canonical codes (tensorflow/core/protobuf/error_codes.proto), the same as gRPC's. */
export const CODES = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
] as const;
export type Code = (typeof CODES)[number];

/** What TensorFlow (or the check of what is passed to it) refused. */
export class TensorFlowError extends Error {
  override readonly name = 'TensorFlowError';

  constructor(
    readonly code: Code,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }

  /** The number that gRPC and TensorFlow use for `code`. */
  get number(): number {
    return CODES.indexOf(this.code);
  }
}
