import type {BodyBudget} from '../../admission/body-budget.js';
import type {Encoding} from './compression.js';
import type {OnDone, StreamHandler, UnaryHandler} from './handler.js';
import type {Metadata} from './metadata.js';

/** What a path leads to. */
export type Method = UnaryMethod | {readonly kind: 'stream'; readonly handle: StreamHandler};

export interface UnaryMethod {
  readonly kind: 'unary';
  readonly handle: UnaryHandler;
  /** Told instead of listening to the handler's promise: one promise less for each call. */
  readonly onDone: OnDone | null;
}

/** What the head of a request says of its call. */
export interface CallHead {
  readonly method: Method;
  readonly metadata: Metadata;
  /** In ms; undefined when the client would wait forever. */
  readonly timeoutMs: number | undefined;
  /** How the client compresses its messages. */
  readonly encoding: Encoding;
  /** How it gets its answers. */
  readonly answerEncoding: Encoding;
}

/** What calls share. */
export interface CallLimits {
  readonly maxReceiveBytes: number;
  readonly maxSendBytes: number;
  /** What a client may send ahead of being asked. */
  readonly windowBytes: number;
  /** Time within which a message must have arrived once it has begun, in ms. */
  readonly messageTimeoutMs: number;
  readonly budget: BodyBudget;
  /** Aborted when the server is on its way out. */
  readonly closing: AbortSignal;
}
