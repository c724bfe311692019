import {ConnectionError, ErrorCode} from '../errors.js';
import {huffmanDecode} from './huffman.js';
import {STATIC_TABLE, type TableEntry} from './static-table.js';

/** The fields of a header block: names and values in turn, bytes as latin1. */
export interface HeaderList {
  readonly fields: readonly string[];
  /** The list was longer than allowed, and `fields` is only its beginning. */
  readonly tooLarge: boolean;
}

/** What the RFC adds to the bytes of a field. */
const FIELD_OVERHEAD = 32;
/** An integer of five bytes more has more bits than any that makes sense here. */
const MAX_INTEGER_SHIFT = 28;
/** A table size may change twice before a block's first field: down and up again. */
const MAX_SIZE_UPDATES = 2;

/** Reads the header blocks of one connection, in order (RFC 7541). */
export class HpackDecoder {
  /** The newest last. */
  private readonly table: TableEntry[] = [];
  private tableBytes = 0;
  private limit: number;
  private block: Buffer = Buffer.alloc(0);
  private at = 0;
  /** The last block that left the table as it was, and what it said: callers repeat themselves. */
  private lastBlock: Buffer | null = null;
  private lastList: HeaderList = {fields: [], tooLarge: false};

  /** @param maxTableBytes what SETTINGS_HEADER_TABLE_SIZE offers the peer */
  constructor(
    private readonly maxTableBytes: number,
    private readonly maxListBytes: number,
  ) {
    this.limit = maxTableBytes;
  }

  /**
   * What the block says that lies from `start` to `end`.
   * @throws ConnectionError COMPRESSION_ERROR when it is malformed; the table is of no use then
   */
  decode(bytes: Buffer, start = 0, end = bytes.length): HeaderList {
    if (this.lastBlock !== null && isAt(this.lastBlock, bytes, start, end)) return this.lastList;
    const block = bytes.subarray(start, end);
    this.block = block;
    this.at = 0;
    const fields: string[] = [];
    let listBytes = 0;
    let updates = 0;
    let changed = false;
    while (this.at < block.length) {
      const first = block[this.at] as number;
      if ((first & 0xe0) === 0x20) {
        if (fields.length > 0 || ++updates > MAX_SIZE_UPDATES) throw malformed('a table size in a wrong place');
        this.resize(this.integer(0x1f));
        changed = true;
        continue;
      }
      let entry: TableEntry;
      if (first >= 0x80) {
        entry = this.indexed(this.integer(0x7f));
      } else {
        const keep = first >= 0x40;
        const index = this.integer(keep ? 0x3f : 0x0f);
        entry = {name: index > 0 ? this.indexed(index).name : this.text(), value: this.text()};
        if (keep) this.add(entry);
        changed ||= keep;
      }
      listBytes += sizeOf(entry);
      if (listBytes <= this.maxListBytes) fields.push(entry.name, entry.value);
    }
    const list = {fields, tooLarge: listBytes > this.maxListBytes};
    // A copy, since the block is a view of what the socket gave.
    this.lastBlock = changed ? null : Buffer.from(block);
    this.lastList = list;
    return list;
  }

  private indexed(index: number): TableEntry {
    const entry = index <= STATIC_TABLE.length ? STATIC_TABLE[index - 1] : this.table.at(STATIC_TABLE.length - index);
    // `at` counts from the end for negative numbers: -1 is the newest, which is the first after the static ones.
    if (entry === undefined) throw malformed(`there is no field ${index}`);
    return entry;
  }

  private add(entry: TableEntry): void {
    const size = sizeOf(entry);
    this.evict(this.limit - size);
    if (size > this.limit) return;
    this.table.push(entry);
    this.tableBytes += size;
  }

  private resize(limit: number): void {
    if (limit > this.maxTableBytes) throw malformed(`a table of ${limit} bytes; ${this.maxTableBytes} are offered`);
    this.limit = limit;
    this.evict(limit);
  }

  private evict(limit: number): void {
    while (this.tableBytes > limit) {
      const oldest = this.table.shift();
      if (oldest === undefined) return;
      this.tableBytes -= sizeOf(oldest);
    }
  }

  /** An integer whose first byte has `mask` bits of it (RFC 7541, 5.1). */
  private integer(mask: number): number {
    let value = this.byte() & mask;
    if (value < mask) return value;
    for (let shift = 0; shift <= MAX_INTEGER_SHIFT; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw malformed('an integer that is too long');
  }

  private text(): string {
    const huffman = ((this.block[this.at] ?? 0) & 0x80) !== 0;
    const length = this.integer(0x7f);
    const start = this.at;
    const end = start + length;
    if (end > this.block.length) throw malformed('a string that ends after its block');
    this.at = end;
    if (!huffman) return this.block.toString('latin1', start, end);
    const text = huffmanDecode(this.block, start, end);
    if (text === null) throw malformed('a string that is no Huffman code');
    return text;
  }

  private byte(): number {
    const byte = this.block[this.at++];
    if (byte === undefined) throw malformed('a block that ends too early');
    return byte;
  }
}

/** Blocks are short: a call to compare them costs more than to do it here. */
function isAt(block: Buffer, bytes: Buffer, start: number, end: number): boolean {
  if (end - start !== block.length) return false;
  for (let i = 0; i < block.length; i++) if (block[i] !== bytes[start + i]) return false;
  return true;
}

function sizeOf({name, value}: TableEntry): number {
  return name.length + value.length + FIELD_OVERHEAD;
}

function malformed(what: string): ConnectionError {
  return new ConnectionError(ErrorCode.COMPRESSION_ERROR, `A header block has ${what}`);
}
