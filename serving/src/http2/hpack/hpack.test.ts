import fc from 'fast-check';
import {HpackDecoder} from './decoder.js';
import {encodeHeaders} from './encoder.js';

const hex = (text: string): Buffer => Buffer.from(text.replace(/\s/g, ''), 'hex');
const decoder = (table = 4096, list = 65_536): HpackDecoder => new HpackDecoder(table, list);
const decoded = (from: HpackDecoder, block: string): readonly string[] => from.decode(hex(block)).fields;

const FIRST = [':method', 'GET', ':scheme', 'http', ':path', '/', ':authority', 'www.example.com'];
const SECOND = [...FIRST, 'cache-control', 'no-cache'];
const THIRD = [
  ...[':method', 'GET', ':scheme', 'https', ':path', '/index.html', ':authority', 'www.example.com'],
  ...['custom-key', 'custom-value'],
];

test('the field representations of RFC 7541, C.2', () => {
  expect(decoded(decoder(), '400a637573746f6d2d6b65790d637573746f6d2d686561646572')).toEqual([
    'custom-key',
    'custom-header',
  ]);
  expect(decoded(decoder(), '040c2f73616d706c652f70617468')).toEqual([':path', '/sample/path']);
  expect(decoded(decoder(), '100870617373776f726406736563726574')).toEqual(['password', 'secret']);
  expect(decoded(decoder(), '82')).toEqual([':method', 'GET']);
});

test.each([
  [
    'C.3, without Huffman coding',
    '828684410f7777772e6578616d706c652e636f6d',
    '828684be58086e6f2d6361636865',
    '828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565',
  ],
  [
    'C.4, with it',
    '828684418cf1e3c2e5f23a6ba0ab90f4ff',
    '828684be5886a8eb10649cbf',
    '828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf',
  ],
])('the requests of RFC 7541, %s', (_, ...blocks) => {
  const one = decoder();
  expect(blocks.map(block => decoded(one, block))).toEqual([FIRST, SECOND, THIRD]);
});

test.each([
  [
    'C.5',
    '4803333032580770726976617465611d4d6f6e2c203231204f637420323031332032303a31333a323120474d546e1768747470733a2f2f7777772e6578616d706c652e636f6d',
    '4803333037c1c0bf',
    '88c1611d4d6f6e2c203231204f637420323031332032303a31333a323220474d54c05a04677a69707738666f6f3d4153444a4b48514b425a584f5157454f50495541585157454f49553b206d61782d6167653d333630303b2076657273696f6e3d31',
  ],
  [
    'C.6',
    '488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b97c8e9ae82ae43d3',
    '4883640effc1c0bf',
    '88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6c7b335dfdfcd5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007',
  ],
])('the responses of RFC 7541, %s, with a table of 256 bytes that drops what is old', (_, ...blocks) => {
  const one = decoder(256);
  const [first, second, third] = blocks.map(block => decoded(one, block));
  const rest = [
    ...['cache-control', 'private', 'date', 'Mon, 21 Oct 2013 20:13:21 GMT', 'location', 'https://www.example.com'],
  ];
  expect(first).toEqual([':status', '302', ...rest]);
  expect(second).toEqual([':status', '307', ...rest]);
  expect(third).toEqual([
    ...[':status', '200', 'cache-control', 'private', 'date', 'Mon, 21 Oct 2013 20:13:22 GMT'],
    ...['location', 'https://www.example.com', 'content-encoding', 'gzip'],
    ...['set-cookie', 'foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1'],
  ]);
});

test('a block that repeats is read as before, and one that changed the table in between counts', () => {
  const one = decoder();
  decoded(one, '4001610131');
  expect([decoded(one, 'be'), decoded(one, 'be')]).toEqual([
    ['a', '1'],
    ['a', '1'],
  ]);
  decoded(one, '4001620132');
  expect(decoded(one, 'be')).toEqual(['b', '2']);
});

test('a list that is too long is cut, and the table is kept all the same', () => {
  const one = decoder(4096, 60);
  const list = one.decode(hex('400161013140016201324001630133'));
  expect(list).toEqual({fields: ['a', '1'], tooLarge: true});
  expect(decoded(one, 'be')).toEqual(['c', '3']);
});

test.each([
  ['an index of nothing', '80'],
  ['an index past the table', 'c0'],
  ['an integer that does not end', 'ffffffffffffffffff'],
  ['an integer that is cut', 'ff'],
  ['a string longer than its block', '400a6175'],
  ['no value', '400161'],
  ['a table larger than offered', '3fe21f'],
  ['a table size after a field', '8220'],
  ['three table sizes', '20202082'],
  ['Huffman padding of eight bits', '4001618161ff'.slice(0, 6) + '82 1fff'],
  ['Huffman padding that is not ones', '4001618118'],
  ['the end-of-string word', '40016184ffffffff'],
])('%s is refused', (_, block) => {
  expect(() => decoder().decode(hex(block))).toThrow(expect.objectContaining({code: 9}));
});

test('whatever a peer sends is read or refused', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({maxLength: 60})), blocks => {
      const one = decoder(256, 300);
      for (const block of blocks) {
        try {
          const {fields} = one.decode(Buffer.from(block));
          expect(fields.length % 2).toBe(0);
        } catch (error) {
          expect(error).toMatchObject({code: 9});
          return;
        }
      }
    }),
  );
});

test('what is encoded is read back, long and empty values too', () => {
  const text = fc.string({
    unit: fc.integer({min: 0x20, max: 0xff}).map(code => String.fromCharCode(code)),
    maxLength: 300,
  });
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom('grpc-status', ':status', 'content-type', 'x'), text)), fields => {
      expect(decoder(0).decode(encodeHeaders(...fields.flat())).fields).toEqual(fields.flat());
    }),
  );
});
