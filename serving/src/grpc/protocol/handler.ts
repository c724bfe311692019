import type {CancelSignal} from '@ingot/tensorflow/session';
import type {Room} from '../../codec/tensor-proto.js';
import type {Asker} from '../../lifecycle/servable.js';
import type {Code} from '../../status/status.js';

/** A unary call's work: serialized request in, serialized response out. */
export type UnaryHandler = (request: Buffer, call: CallOptions) => Promise<Buffer>;

/** Told once the work of a unary call is done: how it ended, and how long it took in microseconds. */
export type OnDone = (call: CallOptions, code: Code, micros: number) => void;

/** The work of a call of many messages: it ends well when the promise resolves, with a status when it rejects. */
export type StreamHandler = (call: StreamCall) => Promise<void>;

export interface CallOptions extends Asker {
  /** What is left of the client's deadline; undefined when it set none. */
  readonly deadlineMs: number | undefined;
  /** Aborted when the client gives up. */
  readonly signal: CancelSignal;
  /** For messages that become more than was sent. */
  readonly reservation?: Room;
  /** The model that the call turned out to be about; set by the handler. */
  model?: string;
}

export interface StreamCall extends CallOptions {
  /**
   * The client's messages, until it has no more. One that is not asked for holds the client up.
   * Iterating throws StatusError CANCELLED when the client gives up, UNAVAILABLE when it is quiet and the server closes.
   */
  readonly messages: AsyncIterable<Buffer>;
  /** Resolves when the next message is welcome. @throws StatusError CANCELLED when the client gives up */
  write(message: Buffer): Promise<void>;
  /** Aborted when the server is on its way out: a call that only waits should end. */
  readonly closing: AbortSignal;
}
