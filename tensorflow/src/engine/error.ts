import {TensorFlowError} from '../error.js';

/** Why an engine is there no longer. */
export interface EngineEnd {
  /** One of few: `hung`, `closed`, `exit`, or the name of a signal. */
  readonly kind: string;
  readonly reason: string;
}

const CRASHES: ReadonlySet<string> = new Set(['SIGABRT', 'SIGBUS', 'SIGFPE', 'SIGILL', 'SIGSEGV']);

/** The engine ended before it answered. What was asked may be asked again of another one. */
export class EngineLostError extends TensorFlowError {
  /** Whether it ended by a fault of its code, such as a failed check of TensorFlow's. */
  readonly crashed: boolean;

  constructor(readonly end: EngineEnd) {
    super(
      'UNAVAILABLE',
      `the engine that ran the model has ended (${end.reason}); another one is being started, try again`,
    );
    this.crashed = CRASHES.has(end.kind);
  }
}
