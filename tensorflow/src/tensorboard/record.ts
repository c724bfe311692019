/** CRC-32C (Castagnoli), reflected polynomial 0x82f63b78, one byte at a time. */
const TABLE = Uint32Array.from({length: 256}, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  return crc;
});

export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  // The index is a byte, so the table always has it.
  for (let i = 0; i < bytes.length; i++) crc = (crc >>> 8) ^ (TABLE[(crc ^ (bytes[i] as number)) & 0xff] as number);
  return ~crc >>> 0;
}

/** The mask that TFRecord puts over a checksum: a rotation and a constant (tensorflow/core/lib/hash/crc32c.h). */
const masked = (bytes: Uint8Array) => {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
};

/**
 * One TFRecord: length (uint64), its checksum, the data, its checksum; all little-endian
 * (tensorflow/core/lib/io/record_writer.h).
 */
export function tfRecord(data: Uint8Array): Buffer {
  const record = Buffer.allocUnsafe(data.length + 16);
  record.writeBigUInt64LE(BigInt(data.length), 0);
  record.writeUInt32LE(masked(record.subarray(0, 8)), 8);
  record.set(data, 12);
  record.writeUInt32LE(masked(data), data.length + 12);
  return record;
}
