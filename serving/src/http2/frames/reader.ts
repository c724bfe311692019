import {ConnectionError, ErrorCode} from '../errors.js';
import {HEAD_BYTES} from './frames.js';

/** Told of each frame, whose payload lies from `at` to `end` in bytes that are the receiver's to keep. */
export type OnFrame = (type: number, flags: number, streamId: number, bytes: Buffer, at: number, end: number) => void;

/** Cuts what a socket gives into frames. Those that lie within one piece are not copied. */
export class FrameReader {
  /** A frame of which the end has not come yet: first its head alone, then all of it. */
  private held: Buffer | null = null;
  private filled = 0;

  constructor(
    private readonly maxFrameBytes: number,
    private readonly onFrame: OnFrame,
  ) {}

  /** @throws ConnectionError FRAME_SIZE_ERROR for a frame that is too large, and what `onFrame` throws */
  push(bytes: Buffer): void {
    let at = this.held === null ? 0 : this.fill(this.held, bytes, 0);
    while (bytes.length - at >= HEAD_BYTES) {
      const end = at + HEAD_BYTES + this.lengthAt(bytes, at);
      if (end > bytes.length) break;
      this.tell(bytes, at, end);
      at = end;
    }
    if (at === bytes.length) return;
    const whole = bytes.length - at >= HEAD_BYTES ? HEAD_BYTES + this.lengthAt(bytes, at) : HEAD_BYTES;
    this.held = Buffer.allocUnsafe(whole);
    this.filled = bytes.copy(this.held, 0, at);
  }

  /** Completes what is held, as far as there are bytes; returns where the next frame begins. */
  private fill(held: Buffer, bytes: Buffer, from: number): number {
    const copied = bytes.copy(held, this.filled, from);
    this.filled += copied;
    const at = from + copied;
    if (this.filled < held.length) return at;
    const whole = HEAD_BYTES + this.lengthAt(held, 0);
    if (whole > held.length) {
      const larger = Buffer.allocUnsafe(whole);
      held.copy(larger);
      this.held = larger;
      return this.fill(larger, bytes, at);
    }
    this.held = null;
    this.tell(held, 0, whole);
    return at;
  }

  private lengthAt(bytes: Buffer, at: number): number {
    const length = ((bytes[at] as number) << 16) | ((bytes[at + 1] as number) << 8) | (bytes[at + 2] as number);
    if (length > this.maxFrameBytes) {
      throw new ConnectionError(
        ErrorCode.FRAME_SIZE_ERROR,
        `A frame has ${length} bytes; ${this.maxFrameBytes} may be`,
      );
    }
    return length;
  }

  private tell(bytes: Buffer, at: number, end: number): void {
    const streamId = bytes.readUInt32BE(at + 5) & 0x7fffffff;
    this.onFrame(bytes[at + 3] as number, bytes[at + 4] as number, streamId, bytes, at + HEAD_BYTES, end);
  }
}
