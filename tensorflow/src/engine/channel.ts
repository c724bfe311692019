import type {Duplex} from 'node:stream';
import {answerBytes, HEAD_BYTES, refusal, type Request} from './requests.js';

/** A socket to the engine, on which requests and answers take turns. */
export class Channel {
  /** Which request it is at, or was at last, from 1; the engine counts them, too. */
  turn = 0;
  private answer: ((bytes: Buffer | null) => void) | null = null;
  /** What has come of an answer: its beginning, or all that there will be with `filled` bytes of it. */
  private got: Buffer | null = null;
  private filled = 0;
  /** How much is still to come of an answer that there is no room for. */
  private excess = 0;
  private refused: Buffer | null = null;

  /**
   * @param number which of the engine's channels it is, from 0
   * @param maxAnswerBytes a larger answer is refused in its place, and never in memory here as a whole
   */
  constructor(
    readonly number: number,
    private readonly socket: Duplex,
    private readonly maxAnswerBytes: number,
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
    if (this.refused !== null) return this.pass(this.refused, chunk.length);
    if (this.got === null) {
      if (chunk.length >= HEAD_BYTES) {
        const whole = HEAD_BYTES + answerBytes(chunk);
        if (whole > this.maxAnswerBytes) return this.refuse(whole, chunk.length);
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
    if (whole > this.maxAnswerBytes) return this.refuse(whole, HEAD_BYTES + chunk.length - room);
    this.got = Buffer.allocUnsafeSlow(whole);
    got.copy(this.got);
    if (chunk.length > room) this.take(chunk.subarray(room));
  }

  private refuse(whole: number, come: number): void {
    this.got = null;
    this.refused = refusal(
      'INVALID_ARGUMENT',
      `the outputs take ${whole} bytes, more than the ${this.maxAnswerBytes} that one run may answer with: ask for fewer instances at a time, or fewer outputs`,
    );
    this.excess = whole;
    this.pass(this.refused, come);
  }

  private pass(refused: Buffer, bytes: number): void {
    this.excess -= bytes;
    if (this.excess <= 0) this.finish(refused);
  }

  private finish(bytes: Buffer | null): void {
    const {answer} = this;
    this.answer = null;
    this.got = null;
    this.filled = 0;
    this.refused = null;
    answer?.(bytes);
  }
}
