const POLYNOMIAL = 0x82f63b78; // Castagnoli's, reversed (RFC 3720, B.4).

/** Eight tables, so that eight bytes are taken in at a time ("slicing by eight", Kounavis and Berry 2008). */
const TABLES = makeTables();

/**
 * CRC-32C of bytes.
 * @param crc of the bytes before these, to go on from
 */
export function crc32c(bytes: Uint8Array, crc = 0): number {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = TABLES as [
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
  ];
  const {length} = bytes;
  const at = (table: Int32Array, index: number) => table[index & 0xff] as number;
  let state = ~crc;
  let i = 0;
  for (; i + 8 <= length; i += 8) {
    const low =
      state ^
      ((bytes[i] as number) |
        ((bytes[i + 1] as number) << 8) |
        ((bytes[i + 2] as number) << 16) |
        ((bytes[i + 3] as number) << 24));
    state =
      at(t7, low) ^
      at(t6, low >>> 8) ^
      at(t5, low >>> 16) ^
      at(t4, low >>> 24) ^
      at(t3, bytes[i + 4] as number) ^
      at(t2, bytes[i + 5] as number) ^
      at(t1, bytes[i + 6] as number) ^
      at(t0, bytes[i + 7] as number);
  }
  for (; i < length; i++) state = at(t0, state ^ (bytes[i] as number)) ^ (state >>> 8);
  return ~state >>> 0;
}

/** As TensorFlow and LevelDB store a CRC, so that the CRC of data with CRCs in it stays good. */
export function masked(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

function makeTables(): Int32Array[] {
  const tables = Array.from({length: 8}, () => new Int32Array(256));
  for (let byte = 0; byte < 256; byte++) {
    let state = byte;
    for (let bit = 0; bit < 8; bit++) state = state & 1 ? (state >>> 1) ^ POLYNOMIAL : state >>> 1;
    (tables[0] as Int32Array)[byte] = state;
  }
  for (let t = 1; t < 8; t++) {
    for (let byte = 0; byte < 256; byte++) {
      const before = tables[t - 1]?.[byte] as number;
      (tables[t] as Int32Array)[byte] = (tables[0]?.[before & 0xff] as number) ^ (before >>> 8);
    }
  }
  return tables;
}
