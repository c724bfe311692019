import {StatusError, toStatusError, type Code} from '../../status/status.js';
import {Call, prefixOf} from './call.js';
import {PREFIX_BYTES, writePrefix, type IncomingMessage} from './message-reader.js';
import type {CallHead, CallLimits, UnaryMethod} from './method.js';
import type {Body, Stream} from '../../http2/stream.js';
import {OK_TRAILERS} from './status.js';

/** One message in, one out. */
export class UnaryCall extends Call {
  private request: IncomingMessage | null = null;
  private running = false;
  /** When that began, by performance.now(). */
  private started = 0;

  constructor(
    stream: Stream,
    head: CallHead,
    limits: CallLimits,
    private readonly method: UnaryMethod,
  ) {
    super(stream, head, limits);
  }

  override end(): void {
    if (this.over) return;
    const {request} = this;
    if (request === null || this.reader.missing > 0)
      return this.fail(new StatusError('INTERNAL', 'The message is not whole'));
    if (request.compressed) {
      void this.plain(request)
        .then(message => this.run(message))
        .catch(this.failed);
    } else this.run(request.bytes);
  }

  protected override readonly ready = true;

  override message(message: IncomingMessage): void {
    if (this.request !== null) throw new StatusError('INTERNAL', 'A unary call has one message');
    this.request = message;
  }

  protected override leave(): void {
    super.leave();
    this.request = null;
    // What runs holds the message until it notices.
    if (!this.running) this.reservation.release();
  }

  private run(message: Buffer): void {
    if (this.over) return this.reservation.release();
    this.running = true;
    this.started = performance.now();
    this.method.handle(message, this).then(this.answer, this.refused);
  }

  private tell(code: Code): void {
    this.method.onDone?.(this, code, (performance.now() - this.started) * 1000);
  }

  private settle(): void {
    this.running = false;
    this.reservation.release();
  }

  private readonly answer = (message: Buffer): void => {
    this.tell('OK');
    this.settle();
    if (this.over) return;
    if (this.head.answerEncoding === 'identity') this.send(message);
    else {
      void this.framed(message)
        .then(parts => this.sendParts(parts))
        .catch(this.failed);
    }
  };

  private send(message: Buffer): void {
    try {
      this.checkSent(message);
      if (this.stream.answer(this.answerHead, new Framed(message), OK_TRAILERS)) this.succeed();
      else this.sendParts([prefixOf(message, false), message]);
    } catch (error) {
      this.failed(error);
    }
  }

  /** @throws StatusError UNAVAILABLE when too much waits for clients that do not read */
  private sendParts(parts: readonly Buffer[]): void {
    if (this.over) return;
    // The call is over before all of it has left.
    const held = this.limits.budget.reserve();
    held.grow(parts.reduce((sum, {length}) => sum + length, 0));
    this.stream.onLeft = () => held.release();
    this.respond();
    for (const part of parts) this.stream.write(part);
    this.stream.end(OK_TRAILERS);
    this.succeed();
  }

  private readonly refused = (error: unknown): void => {
    this.tell(toStatusError(error).code);
    this.failed(error);
  };

  private readonly failed = (error: unknown): void => {
    this.settle();
    this.fail(error);
  };
}

/** A message that is not compressed, with its prefix. */
class Framed implements Body {
  readonly length: number;

  constructor(private readonly message: Buffer) {
    this.length = PREFIX_BYTES + message.length;
  }

  writeTo(into: Buffer, at: number): void {
    writePrefix(into, at, this.message.length, false);
    into.set(this.message, at + PREFIX_BYTES);
  }
}
