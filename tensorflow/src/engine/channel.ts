import type {Duplex} from 'node:stream';
import {answerBytes, HEAD_BYTES, type Request} from './requests.js';

/** A socket to the engine, on which requests and answers take turns. */
export class Channel {
  /** Which request it is at, or was at last, from 1; the engine counts them, too. */
  turn = 0;
  private answer: ((bytes: Buffer | null) => void) | null = null;
  /** What has come of an answer: its beginning, or all that there will be with `filled` bytes of it. */
  private got: Buffer | null = null;
  private filled = 0;

  /** @param number which of the engine's channels it is, from 0 */
  constructor(
    readonly number: number,
    private readonly socket: Duplex,
  ) {
    socket.on('data', (chunk: Buffer) => this.take(chunk));
    socket.on('error', () => this.finish(null));
    socket.on('close', () => this.finish(null));
  }

  get busy(): boolean {
    return this.answer !== null;
  }

  /** Calls back with a whole answer, or null when the engine has ended. @throws when a request is on its way. */
  ask(request: Request, answer: (bytes: Buffer | null) => void): void {
    if (this.answer !== null) throw new Error('a channel takes one request at a time');
    if (this.socket.destroyed) return process.nextTick(answer, null);
    this.answer = answer;
    this.turn = (this.turn + 1) >>> 0;
    if (request.length > 1) this.socket.cork();
    for (const bytes of request) this.socket.write(bytes);
    if (request.length > 1) this.socket.uncork();
  }

  close(): void {
    this.socket.destroy();
  }

  private take(chunk: Buffer): void {
    if (this.got === null) {
      if (chunk.length >= HEAD_BYTES) {
        const whole = HEAD_BYTES + answerBytes(chunk);
        if (chunk.length === whole) return this.finish(chunk);
        // Memory of its own: tensors will be views of it, and what lies at its start is aligned.
        this.got = Buffer.allocUnsafeSlow(whole);
      } else {
        this.got = Buffer.allocUnsafeSlow(HEAD_BYTES);
      }
    }
    const room = this.got.length - this.filled;
    this.filled += chunk.copy(this.got, this.filled, 0, room);
    if (this.filled < this.got.length) return;
    const got = this.got;
    const whole = HEAD_BYTES + answerBytes(got);
    if (got.length === whole) return this.finish(got);
    // Only the head was there, in pieces.
    this.got = Buffer.allocUnsafeSlow(whole);
    got.copy(this.got);
    if (chunk.length > room) this.take(chunk.subarray(room));
  }

  private finish(bytes: Buffer | null): void {
    const {answer} = this;
    this.answer = null;
    this.got = null;
    this.filled = 0;
    answer?.(bytes);
  }
}
