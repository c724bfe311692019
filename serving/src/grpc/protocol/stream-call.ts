import {StatusError} from '../../status/status.js';
import {Call} from './call.js';
import type {StreamCall, StreamHandler} from './handler.js';
import type {IncomingMessage} from './message-reader.js';
import {OK_TRAILERS} from './status.js';

/** Any number of messages in and out. */
export class ManyMessagesCall extends Call implements StreamCall {
  private readonly waiting: IncomingMessage[] = [];
  private ended = false;
  /** Who waits for a message, and who for room. */
  private wakeReader: () => void = () => undefined;
  private wakeWriter: () => void = () => undefined;
  private readonly onClosing = (): void => this.wakeReader();

  get closing(): AbortSignal {
    return this.limits.closing;
  }

  get messages(): AsyncIterable<Buffer> {
    return this.read();
  }

  /** Begins the work. */
  run(handle: StreamHandler): void {
    this.closing.addEventListener('abort', this.onClosing);
    handle(this)
      .then(
        () => this.finish(),
        (error: unknown) => this.fail(error),
      )
      .finally(() => this.reservation.release());
  }

  override end(): void {
    this.ended = true;
    if (this.reader.missing > 0) this.fail(new StatusError('INTERNAL', 'The last message is not whole'));
    this.wakeReader();
  }

  drain(): void {
    this.wakeWriter();
  }

  async write(message: Buffer): Promise<void> {
    const parts = await this.framed(message);
    this.check();
    this.respond();
    let room = true;
    for (const part of parts) room = this.stream.write(part);
    if (!room) await new Promise<void>(resolve => (this.wakeWriter = resolve));
    this.check();
  }

  protected override get ready(): boolean {
    return this.waiting.length === 0;
  }

  override message(message: IncomingMessage): void {
    this.waiting.push(message);
    this.wakeReader();
  }

  protected override leave(): void {
    super.leave();
    this.closing.removeEventListener('abort', this.onClosing);
    this.wakeReader();
    this.wakeWriter();
  }

  private finish(): void {
    if (this.over) return;
    this.respond();
    this.stream.end(OK_TRAILERS);
    this.succeed();
  }

  private async *read(): AsyncGenerator<Buffer> {
    for (;;) {
      this.check();
      const next = this.waiting.shift();
      if (next !== undefined) {
        const message = await this.plain(next);
        this.check();
        yield message;
        this.reservation.release();
        if (this.waiting.length === 0) this.allow();
      } else if (this.ended) {
        return;
      } else if (this.closing.aborted) {
        throw new StatusError('UNAVAILABLE', 'The server is closing');
      } else {
        await new Promise<void>(resolve => (this.wakeReader = resolve));
      }
    }
  }

  private check(): void {
    if (this.over) throw new StatusError('CANCELLED', 'The client gave up');
  }
}
