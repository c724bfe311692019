import {ConnectionError, ErrorCode} from './errors.js';
import {Flag, Frame} from './frames/frames.js';
import {HpackDecoder, type HeaderList} from './hpack/decoder.js';
import {blockOf, protocolError} from './frames/payloads.js';
import {readRequestHead, type RequestHead} from './request-head.js';
import {DEFAULT_TABLE_BYTES} from './frames/settings.js';

/** Frames that a header block may have (CVE-2024-27316); clients fill each before they begin the next. */
const MAX_CONTINUATIONS = 16;

/** Of these flags, one that is all there is to a frame has END_HEADERS alone. */
const BARE = Flag.END_HEADERS | Flag.PADDED | Flag.PRIORITY;

/** What a whole header block says. */
export interface ReceivedBlock {
  readonly list: HeaderList;
  /** Nothing follows it on its stream. */
  readonly last: boolean;
}

/** Puts the header blocks of a connection together, and reads them. Those that came after another are read after it. */
export class HeaderBlocks {
  private readonly decoder: HpackDecoder;
  /** One whose end has not come. */
  private open: {streamId: number; flags: number; parts: Buffer[]; bytes: number} | null = null;
  private lastList: HeaderList | null = null;
  private lastHead: RequestHead | null = null;

  constructor(private readonly maxListBytes: number) {
    this.decoder = new HpackDecoder(DEFAULT_TABLE_BYTES, maxListBytes);
  }

  /** @throws ConnectionError for a frame that must not stand between the frames of a block */
  checkOrder(type: number, id: number): void {
    if (this.open === null ? type === Frame.CONTINUATION : type !== Frame.CONTINUATION || id !== this.open.streamId) {
      throw protocolError('A frame within a header block, or a part of none');
    }
  }

  /** A HEADERS frame, whose payload lies from `at` to `end`; null while its block goes on. @throws ConnectionError */
  begin(id: number, flags: number, bytes: Buffer, at: number, end: number): ReceivedBlock | null {
    if (id === 0) throw protocolError('HEADERS of no stream');
    if ((flags & BARE) === Flag.END_HEADERS) return this.read(flags, bytes, at, end);
    const block = blockOf(id, flags, bytes.subarray(at, end));
    if ((flags & Flag.END_HEADERS) !== 0) return this.read(flags, block);
    this.open = {streamId: id, flags, parts: [block], bytes: block.length};
    return null;
  }

  /** A CONTINUATION frame; null while the block goes on. @throws ConnectionError */
  goOn(flags: number, payload: Buffer): ReceivedBlock | null {
    const {open} = this;
    if (open === null) return null;
    open.parts.push(payload);
    open.bytes += payload.length;
    if (open.parts.length > MAX_CONTINUATIONS || open.bytes > this.maxListBytes * 2) {
      throw new ConnectionError(ErrorCode.ENHANCE_YOUR_CALM, 'A header block that does not end');
    }
    if ((flags & Flag.END_HEADERS) === 0) return null;
    this.open = null;
    return this.read(open.flags, Buffer.concat(open.parts, open.bytes));
  }

  /** The request that a list begins. @throws StreamError when it is none */
  headOf(list: HeaderList): RequestHead {
    if (list !== this.lastList || this.lastHead === null) {
      this.lastHead = readRequestHead(list);
      this.lastList = list;
    }
    return this.lastHead;
  }

  private read(flags: number, bytes: Buffer, at = 0, end = bytes.length): ReceivedBlock {
    return {list: this.decoder.decode(bytes, at, end), last: (flags & Flag.END_STREAM) !== 0};
  }
}
