import {crc32c, masked} from '../saved-model/crc32c.js';

/**
 * One TFRecord: length (uint64), its checksum, the data, its checksum; all little-endian
 * (tensorflow/core/lib/io/record_writer.h).
 */
export function tfRecord(data: Uint8Array): Buffer {
  const record = Buffer.allocUnsafe(data.length + 16);
  record.writeBigUInt64LE(BigInt(data.length), 0);
  record.writeUInt32LE(masked(crc32c(record.subarray(0, 8))), 8);
  record.set(data, 12);
  record.writeUInt32LE(masked(crc32c(data)), data.length + 12);
  return record;
}
