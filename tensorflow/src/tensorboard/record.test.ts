import {crc32c} from '../saved-model/crc32c.js';
import {tfRecord} from './record.js';

// Known answers: RFC 3720, appendix B.4.
test.each([
  ['32 zero bytes', new Uint8Array(32), 0x8a9136aa],
  ['32 bytes of ones', new Uint8Array(32).fill(0xff), 0x62a8ab43],
  ['ascending bytes', Uint8Array.from({length: 32}, (_, i) => i), 0x46dd794e],
])('CRC-32C of %s', (_, bytes, expected) => expect(crc32c(bytes)).toBe(expected));

test('a record frames its data with its length', () => {
  const record = tfRecord(Uint8Array.of(1, 2, 3));
  expect(record).toHaveLength(19);
  expect(record.readBigUInt64LE(0)).toBe(3n);
  expect([...record.subarray(12, 15)]).toEqual([1, 2, 3]);
});
