/** What the queue needs of a ZeroMQ socket. */
export interface Sender {
  send(frames: Uint8Array[]): Promise<void>;
}

/**
 * Sends one message after the other. A ZeroMQ.js socket refuses a second `send` while one waits (EBUSY, which happens
 * every 512 messages), and what is refused is lost: so nothing is ever sent without waiting for the one before.
 */
export class SendQueue {
  #tail: Promise<void> = Promise.resolve();

  constructor(
    private readonly socket: Sender,
    private readonly onError: (error: unknown) => void,
  ) {}

  send(frames: Uint8Array[]): void {
    this.#tail = this.#tail.then(() => this.socket.send(frames)).catch(this.onError);
  }

  /** Resolves when all that was given so far is with ZeroMQ. */
  flushed(): Promise<void> {
    return this.#tail;
  }
}
