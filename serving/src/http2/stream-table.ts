import {ConnectionError, ErrorCode, StreamError} from './errors.js';
import {protocolError} from './frames/payloads.js';
import {MAX_WINDOW} from './frames/settings.js';
import type {Stream} from './stream.js';

/** Streams that we have ended while the peer may not know it: what it has sent meanwhile is no error. */
const REMEMBERED_STREAMS = 1000;

/** Which streams of a connection are open, and which have been (RFC 9113, 5.1). */
export class StreamTable {
  /** One that is open by itself, as all are of clients that wait for each answer; all others are in the map. */
  private single: Stream | null = null;
  private readonly open = new Map<number, Stream>();
  private readonly endedByUs = new Set<number>();
  private lastId = 0;
  private refusedAfter = MAX_WINDOW;

  constructor(private readonly maxOpen: number) {}

  get size(): number {
    return this.open.size + (this.single === null ? 0 : 1);
  }

  get(id: number): Stream | undefined {
    const {single} = this;
    return single?.id === id ? single : this.open.get(id);
  }

  /** Those that are open now. */
  all(): Stream[] {
    return [...(this.single === null ? [] : [this.single]), ...this.open.values()];
  }

  /** Undefined for one that has ended. @throws ConnectionError for one that was never opened */
  known(id: number, frame: string): Stream | undefined {
    const stream = this.get(id);
    if (stream === undefined && (id === 0 || id % 2 === 0 || id > this.lastId)) {
      throw protocolError(`${frame} of a stream that is not open`);
    }
    return stream;
  }

  /** Whether the peer may not know yet that it has ended. */
  endedEarly(id: number): boolean {
    return this.endedByUs.has(id);
  }

  /** Counts a new stream's id as used. @throws ConnectionError for one that cannot be, StreamError for one too many */
  admit(id: number): void {
    if (id % 2 === 0) throw protocolError("HEADERS of a stream that is not the client's");
    if (id <= this.lastId) throw new ConnectionError(ErrorCode.STREAM_CLOSED, 'HEADERS of a stream that has ended');
    this.lastId = id;
    if (id > this.refusedAfter) throw new StreamError(ErrorCode.REFUSED_STREAM, 'The server is closing');
    if (this.size >= this.maxOpen) throw new StreamError(ErrorCode.REFUSED_STREAM, 'Too many streams at once');
  }

  add(stream: Stream): void {
    if (this.size === 0) this.single = stream;
    else this.open.set(stream.id, stream);
  }

  remove(stream: Stream): void {
    if (this.single === stream) this.single = null;
    else this.open.delete(stream.id);
  }

  remember(id: number): void {
    this.endedByUs.add(id);
    if (this.endedByUs.size <= REMEMBERED_STREAMS) return;
    const [oldest = 0] = this.endedByUs;
    this.endedByUs.delete(oldest);
  }

  /** From now on no stream is admitted. */
  refuseNew(): void {
    this.refusedAfter = Math.min(this.refusedAfter, this.lastId);
  }

  get refusing(): boolean {
    return this.refusedAfter !== MAX_WINDOW;
  }

  /** The last stream that was or may be worked on, as GOAWAY tells it. */
  get lastTaken(): number {
    return Math.min(this.lastId, this.refusedAfter);
  }
}
