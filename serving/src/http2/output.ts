/** Where a connection's bytes go. */
export interface Transport {
  /** Sends them in one go, if it can. */
  write(chunks: readonly Uint8Array[], bytes: number): void;
  /** Bytes given to `write` that have not left yet. */
  readonly waiting: number;
  /** Sends what is written, then closes. */
  end(): void;
  destroy(): void;
}

/** While so much has not left, no more data is given out. */
const MOST_WAITING = 256 * 1024;
/** Bytes of frames that no flow control bounds and that a peer makes us send without reading them. */
const MOST_UNREAD = 4 * 1024 * 1024;

/** Gathers what one turn of the event loop has to send, and sends it in one write. */
export class Output {
  private chunks: Uint8Array[] = [];
  private bytes = 0;
  private readonly flushing = (): void => this.flush();

  constructor(private readonly transport: Transport) {}

  push(chunk: Uint8Array): void {
    // The callback runs after what is now ready has run: answers of one batch leave together.
    if (this.chunks.length === 0) process.nextTick(this.flushing);
    this.chunks.push(chunk);
    this.bytes += chunk.length;
  }

  flush(): void {
    const {chunks, bytes} = this;
    if (chunks.length === 0) return;
    this.chunks = [];
    this.bytes = 0;
    this.transport.write(chunks, bytes);
  }

  /** The peer does not read as fast as there is to send. */
  get blocked(): boolean {
    return this.bytes + this.transport.waiting > MOST_WAITING;
  }

  /** The peer makes us send, and does not read. */
  get abused(): boolean {
    return this.bytes + this.transport.waiting > MOST_UNREAD;
  }

  end(): void {
    this.flush();
    this.transport.end();
  }
}
