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

/** Stands for no chunks; nothing is ever added to it. */
const NONE: Uint8Array[] = [];

/** Gathers what one turn of the event loop has to send, and sends it in one write. */
export class Output {
  /** None of them is empty. */
  private chunks: Uint8Array[] = NONE;
  private bytes = 0;
  private readonly flushing = (): void => this.flush();

  constructor(private readonly transport: Transport) {}

  push(chunk: Uint8Array): void {
    // The callback runs after what is now ready has run: answers of one batch leave together.
    if (this.bytes === 0) {
      process.nextTick(this.flushing);
      // Made with its one element: an empty array that grows takes room for many.
      this.chunks = [chunk];
    } else {
      this.chunks.push(chunk);
    }
    this.bytes += chunk.length;
  }

  /** The same, by itself and at once, unless something waits before it. */
  pushAlone(chunk: Uint8Array): void {
    if (this.bytes === 0) this.transport.write([chunk], chunk.length);
    else this.push(chunk);
  }

  flush(): void {
    const {chunks, bytes} = this;
    if (bytes === 0) return;
    this.chunks = NONE;
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
