import {crc32c, masked} from './crc32c.js';

const RESTART_INTERVAL = 16;
const UNCOMPRESSED = 0;
const FOOTER_BYTES = 48;
const MAGIC = 0xdb4775248b80fb57n;

/**
 * A sorted table of keys and values in one block, as LevelDB and TensorFlow (tensorflow/core/lib/io/table_format.txt)
 * write it, uncompressed.
 * @param entries by ascending key
 */
export function encodeTable(entries: readonly (readonly [key: string, value: Uint8Array])[]): Uint8Array {
  const data = block(entries.map(([key, value]) => [Buffer.from(key), value]));
  const meta = block([]);
  const dataHandle = handle(0, data.length);
  const metaHandle = handle(withTrailer(data), meta.length);
  const lastKey = Buffer.from(entries.at(-1)?.[0] ?? '');
  const index = block([[lastKey, dataHandle]]);
  const indexHandle = handle(withTrailer(data) + withTrailer(meta), index.length);
  const footer = Buffer.alloc(FOOTER_BYTES);
  Buffer.concat([metaHandle, indexHandle]).copy(footer);
  footer.writeBigUInt64LE(MAGIC, FOOTER_BYTES - 8);
  return Buffer.concat([trailed(data), trailed(meta), trailed(index), footer]);
}

/** Keys share their beginning with the key before, but for every sixteenth, which searches start from. */
function block(entries: readonly (readonly [key: Buffer, value: Uint8Array])[]): Buffer {
  const parts: Uint8Array[] = [];
  const restarts: number[] = [];
  let length = 0;
  let previous: Uint8Array = Buffer.alloc(0);
  entries.forEach(([key, value], i) => {
    const restart = i % RESTART_INTERVAL === 0;
    if (restart) restarts.push(length);
    const shared = restart ? 0 : sharedPrefix(previous, key);
    const entry = [varint(shared), varint(key.length - shared), varint(value.length), key.subarray(shared), value];
    for (const part of entry) {
      parts.push(part);
      length += part.length;
    }
    previous = key;
  });
  if (restarts.length === 0) restarts.push(0);
  const tail = Buffer.alloc(4 * (restarts.length + 1));
  [...restarts, restarts.length].forEach((value, i) => tail.writeUInt32LE(value, 4 * i));
  return Buffer.concat([...parts, tail]);
}

function sharedPrefix(a: Uint8Array, b: Uint8Array): number {
  let shared = 0;
  while (shared < a.length && shared < b.length && a[shared] === b[shared]) shared++;
  return shared;
}

/** Every block is followed by its compression and checksum. */
function trailed(content: Buffer): Buffer {
  const typed = Buffer.concat([content, Buffer.of(UNCOMPRESSED)]);
  const trailer = Buffer.alloc(4);
  trailer.writeUInt32LE(masked(crc32c(typed)));
  return Buffer.concat([typed, trailer]);
}

function withTrailer(content: Buffer): number {
  return content.length + 5;
}

/** Where a block lies. */
function handle(offset: number, size: number): Buffer {
  return Buffer.concat([varint(offset), varint(size)]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  return Buffer.of(...bytes, rest);
}
