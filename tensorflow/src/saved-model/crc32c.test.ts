import {crc32c} from './crc32c.js';

/** RFC 3720, B.4. */
test.each([
  ['zeros', new Uint8Array(32), 0x8a9136aa],
  ['ones', new Uint8Array(32).fill(0xff), 0x62a8ab43],
  ['ascending', Uint8Array.from({length: 32}, (_, i) => i), 0x46dd794e],
  ['digits', Buffer.from('123456789'), 0xe3069283],
])('the check value of %s', (_, bytes, wanted) => {
  expect(crc32c(bytes)).toBe(wanted);
});

test('bytes in two parts give the same as in one', () => {
  const bytes = Uint8Array.from({length: 1001}, (_, i) => (i * 7) & 0xff);
  expect(crc32c(bytes.subarray(13), crc32c(bytes.subarray(0, 13)))).toBe(crc32c(bytes));
});
