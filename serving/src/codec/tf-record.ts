/**
 * TFRecord files (tensorflow/core/lib/io/record_writer.h): for each record its length (uint64), the masked CRC-32C of the
 * length, the bytes, and the masked CRC-32C of the bytes, all little-endian.
 */

const TABLE = Uint32Array.from({length: 256}, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  return crc;
});

function maskedCrc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (TABLE[(crc ^ byte) & 0xff] as number) ^ (crc >>> 8);
  crc = ~crc >>> 0;
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

/**
 * The first `most` records, as views.
 * @throws Error that says where the file is damaged
 */
export function readRecords(file: Buffer, most: number): Buffer[] {
  const records: Buffer[] = [];
  for (let at = 0; at < file.length && records.length < most;) {
    if (at + 12 > file.length) throw new Error(`truncated record at ${at}`);
    const length = Number(file.readBigUInt64LE(at));
    if (maskedCrc32c(file.subarray(at, at + 8)) !== file.readUInt32LE(at + 8)) {
      throw new Error(`corrupted record at ${at}`);
    }
    const end = at + 12 + length;
    if (end + 4 > file.length) throw new Error(`truncated record at ${at}`);
    const record = file.subarray(at + 12, end);
    if (maskedCrc32c(record) !== file.readUInt32LE(end)) throw new Error(`corrupted record at ${at}`);
    records.push(record);
    at = end + 4;
  }
  return records;
}

/** The bytes of a TFRecord file with these records. */
export function writeRecords(records: readonly Uint8Array[]): Buffer {
  return Buffer.concat(
    records.flatMap(record => {
      const head = Buffer.alloc(12);
      head.writeBigUInt64LE(BigInt(record.length));
      head.writeUInt32LE(maskedCrc32c(head.subarray(0, 8)), 8);
      const tail = Buffer.alloc(4);
      tail.writeUInt32LE(maskedCrc32c(record));
      return [head, record, tail];
    }),
  );
}
