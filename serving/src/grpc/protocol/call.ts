import type {Stream, StreamListener} from '../../http2/stream.js';
import type {BodyReservation} from '../../admission/body-budget.js';
import type {Servable} from '../../lifecycle/servable.js';
import {Cancellation} from '../../deadline/cancellation.js';
import {after} from '../../deadline/timer.js';
import {StatusError} from '../../status/status.js';
import {compress, decompress} from './compression.js';
import type {CallOptions} from './handler.js';
import {
  MessageReader,
  PREFIX_BYTES,
  writePrefix,
  type IncomingMessage,
  type MessageListener,
} from './message-reader.js';
import type {CallHead, CallLimits} from './method.js';
import type {Metadata} from './metadata.js';
import {answerHead, errorAnswer, errorTrailers} from './status.js';

const HEADS = {identity: answerHead('identity'), deflate: answerHead('deflate'), gzip: answerHead('gzip')} as const;

/** What unary calls and calls of many messages have in common: reading, the deadline, giving up, and failing. */
export abstract class Call implements StreamListener, MessageListener, CallOptions {
  model?: string;
  answeredBy?: Servable;
  readonly metadata: Metadata;
  readonly signal = new Cancellation();
  readonly reservation: BodyReservation;
  /** The status is sent, or nobody is there to get it. */
  protected over = false;
  protected readonly reader: MessageReader;
  private responded = false;
  private succeeded = false;
  private readonly deadline: number;
  private readonly deadlineTimer: NodeJS.Timeout | undefined;
  private slowTimer: NodeJS.Timeout | undefined;

  constructor(
    protected readonly stream: Stream,
    protected readonly head: CallHead,
    protected readonly limits: CallLimits,
  ) {
    this.metadata = head.metadata;
    this.reservation = limits.budget.reserve();
    this.reader = new MessageReader(limits.maxReceiveBytes, this.reservation, this);
    const {timeoutMs} = head;
    this.deadline = timeoutMs === undefined ? Infinity : performance.now() + timeoutMs;
    if (timeoutMs !== undefined) this.deadlineTimer = after(timeoutMs, () => this.expire());
  }

  get deadlineMs(): number | undefined {
    return this.deadline === Infinity ? undefined : Math.max(1, this.deadline - performance.now());
  }

  data(bytes: Buffer, at: number, end: number): void {
    if (this.over) return;
    try {
      this.reader.push(bytes, at, end);
    } catch (error) {
      return this.fail(error);
    }
    if (this.reader.missing === 0) {
      clearTimeout(this.slowTimer);
      this.slowTimer = undefined;
    } else if (this.ready) {
      this.allow();
      this.slowTimer ??= setTimeout(() => this.fail(tooSlow(this.limits)), this.limits.messageTimeoutMs).unref();
    }
  }

  /** Lets the client send: what is missing of a message in one go, so that it does not wait for a round trip every few kilobytes. */
  protected allow(): void {
    this.stream.allow(Math.max(this.reader.missing, this.limits.windowBytes));
  }

  abstract end(): void;

  aborted(): void {
    this.leave();
  }

  /** The next message is welcome. */
  protected abstract readonly ready: boolean;

  /** A whole message has come. */
  abstract message(message: IncomingMessage): void;

  /** The message as its sender had it. */
  protected async plain({bytes, compressed}: IncomingMessage): Promise<Buffer> {
    if (!compressed) return bytes;
    const {encoding} = this.head;
    return decompress(bytes, encoding, this.limits.maxReceiveBytes, this.reservation);
  }

  /** The block that an answer begins with. */
  protected get answerHead(): Buffer {
    return HEADS[this.head.answerEncoding];
  }

  protected respond(): void {
    if (!this.responded) this.stream.respond(this.answerHead);
    this.responded = true;
  }

  /** An answer's message with its prefix. @throws StatusError RESOURCE_EXHAUSTED when it is too large */
  protected async framed(message: Buffer): Promise<[prefix: Buffer, message: Buffer]> {
    const {answerEncoding} = this.head;
    const compressed = answerEncoding !== 'identity';
    const sent = compressed ? await compress(message, answerEncoding) : message;
    this.checkSent(sent);
    return [prefixOf(sent, compressed), sent];
  }

  /** @throws StatusError RESOURCE_EXHAUSTED when a message is too large to be sent */
  protected checkSent({length}: Buffer): void {
    const {maxSendBytes} = this.limits;
    if (length <= maxSendBytes) return;
    throw new StatusError('RESOURCE_EXHAUSTED', `Sent message larger than max (${length} vs. ${maxSendBytes})`);
  }

  /** Ends the call with the error's status. */
  protected fail(error: unknown): void {
    if (this.over) return;
    if (this.responded) this.stream.end(errorTrailers(error));
    else this.stream.respond(errorAnswer(error), true);
    this.leave();
  }

  /** Nothing is sent any more; whoever works for it may stop. */
  protected leave(): void {
    if (this.over) return;
    this.over = true;
    clearTimeout(this.deadlineTimer);
    clearTimeout(this.slowTimer);
    if (!this.succeeded) this.signal.abort();
  }

  /** It ended well: nobody is told to stop. */
  protected succeed(): void {
    this.succeeded = true;
    this.leave();
  }

  private expire(): void {
    this.fail(new StatusError('DEADLINE_EXCEEDED', 'Deadline Exceeded'));
  }
}

/** What goes in front of a message. */
export function prefixOf({length}: Buffer, compressed: boolean): Buffer {
  const prefix = Buffer.allocUnsafe(PREFIX_BYTES);
  writePrefix(prefix, 0, length, compressed);
  return prefix;
}

function tooSlow({messageTimeoutMs}: CallLimits): StatusError {
  return new StatusError('CANCELLED', `The message did not arrive within ${messageTimeoutMs} ms`);
}
