/** The canonical status codes (google.rpc.Code), which gRPC, TensorFlow and TensorFlow Serving share. */
export const CODES = {
  OK: 0,
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  OUT_OF_RANGE: 11,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  DATA_LOSS: 15,
  UNAUTHENTICATED: 16,
} as const;
export type Code = keyof typeof CODES;

/** What TensorFlow Serving's REST door answers for each code. */
export const HTTP_STATUS: Readonly<Record<Code, number>> = {
  OK: 200,
  CANCELLED: 499,
  UNKNOWN: 500,
  INVALID_ARGUMENT: 400,
  DEADLINE_EXCEEDED: 504,
  NOT_FOUND: 404,
  ALREADY_EXISTS: 409,
  PERMISSION_DENIED: 403,
  RESOURCE_EXHAUSTED: 429,
  FAILED_PRECONDITION: 400,
  ABORTED: 409,
  OUT_OF_RANGE: 400,
  UNIMPLEMENTED: 501,
  INTERNAL: 500,
  UNAVAILABLE: 503,
  DATA_LOSS: 500,
  UNAUTHENTICATED: 401,
};

/** An error that a client gets as it is: a canonical code, and a message in TensorFlow Serving's words where it has some. */
export class StatusError extends Error {
  override readonly name = 'StatusError';

  constructor(
    readonly code: Exclude<Code, 'OK'>,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }

  /** "INVALID_ARGUMENT: text", the form in which TensorFlow Serving nests one error in another. */
  override toString(): string {
    return `${this.code}: ${this.message}`;
  }
}

export function invalidArgument(message: string): StatusError {
  return new StatusError('INVALID_ARGUMENT', message);
}

/**
 * What a client is told of any error: one that carries a canonical code keeps it; anything else is a fault of this
 * server, INTERNAL.
 */
export function toStatusError(error: unknown): StatusError {
  if (error instanceof StatusError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const own = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  const code = typeof own === 'string' && own in CODES ? (own as Code) : 'OK';
  return new StatusError(code === 'OK' ? 'INTERNAL' : code, message, {cause: error});
}
