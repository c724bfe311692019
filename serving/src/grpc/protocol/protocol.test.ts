import fc from 'fast-check';
import {BodyBudget} from '../../admission/body-budget.js';
import {HpackDecoder} from '../../http2/hpack/decoder.js';
import {StatusError} from '../../status/status.js';
import {MessageReader, type IncomingMessage} from './message-reader.js';
import {Metadata} from './metadata.js';
import {errorTrailers} from './status.js';
import {parseTimeout} from '../../deadline/grpc-timeout.js';

test.each([
  ['1H', 3_600_000],
  ['2M', 120_000],
  ['3S', 3000],
  ['4m', 4],
  ['5u', 0.005],
  ['6n', 0.000006],
  ['99999999S', 99_999_999_000],
  ['123456789S', null],
  ['1', null],
  ['m', null],
  ['-1m', null],
  ['1.5S', null],
  ['', null],
])('grpc-timeout "%s"', (text, ms) => {
  expect(parseTimeout(text)).toBe(ms);
});

test('a message that HTTP cannot carry is percent-encoded, and a long one is cut', () => {
  const trailers = (message: string): readonly string[] =>
    new HpackDecoder(0, 65_536).decode(errorTrailers(new StatusError('NOT_FOUND', message))).fields;
  expect(trailers('100 % ü\n😀')).toEqual(['grpc-status', '5', 'grpc-message', '100 %25 %C3%BC%0A%F0%9F%98%80']);
  expect(trailers('x'.repeat(2000))[3]).toBe(`${'x'.repeat(1024)}...TRUNCATED`);
  fc.assert(
    fc.property(fc.string({maxLength: 100, unit: 'binary'}), message => {
      const [, , , encoded = ''] = trailers(message);
      expect(encoded).toMatch(/^[\x20-\x7e]*$/);
      expect(decodeURIComponent(encoded)).toBe(Buffer.from(message).toString());
    }),
  );
});

test('metadata in order, bytes of -bin names decoded, joined ones too', () => {
  const metadata = new Metadata(['a', '1', 'b-bin', 'AQI,Aw==', 'a', '2', 'b-bin', 'BA']);
  expect(metadata.get('a')).toEqual(['1', '2']);
  expect(metadata.get('b-bin')).toEqual([Buffer.of(1, 2), Buffer.of(3), Buffer.of(4)]);
  expect(metadata.get('c')).toEqual([]);
});

const framed = (message: Uint8Array, compressed = false): Buffer => {
  const prefix = Buffer.from([compressed ? 1 : 0, 0, 0, 0, 0]);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
};
const reading = (maxBytes = 1000): [MessageReader, IncomingMessage[]] => {
  const got: IncomingMessage[] = [];
  const reservation = new BodyBudget(Infinity).reserve();
  return [new MessageReader(maxBytes, reservation, {message: message => void got.push(message)}), got];
};

test('messages are found wherever the stream is cut', () => {
  const messages = fc.array(fc.tuple(fc.uint8Array({maxLength: 40}), fc.boolean()), {maxLength: 6});
  fc.assert(
    fc.property(messages, fc.array(fc.integer({min: 1, max: 12}), {minLength: 1}), (sent, cuts) => {
      const [reader, got] = reading();
      const bytes = Buffer.concat(sent.map(([message, compressed]) => framed(message, compressed)));
      for (let at = 0, i = 0; at < bytes.length; i++) {
        const end = at + (cuts[i % cuts.length] as number);
        reader.push(bytes, at, Math.min(end, bytes.length));
        at = end;
      }
      expect(got.map(({bytes: [...read], compressed}) => [read, compressed])).toEqual(
        sent.map(([message, compressed]) => [[...message], compressed]),
      );
      expect(reader.missing).toBe(0);
    }),
  );
});

test('a message over the limit is refused by its prefix, and so is a flag that means nothing', () => {
  const [reader] = reading(10);
  expect(() => reader.push(Buffer.of(0, 0, 0, 0, 11))).toThrow(
    new StatusError('RESOURCE_EXHAUSTED', 'Received message larger than max (11 vs. 10)'),
  );
  expect(() => reading()[0].push(Buffer.of(2, 0, 0, 0, 0))).toThrow(expect.objectContaining({code: 'INTERNAL'}));
});

test('a message within one piece is not copied', () => {
  const [reader, got] = reading();
  const bytes = framed(Buffer.from('abc'));
  reader.push(bytes);
  expect(got[0]?.bytes.buffer).toBe(bytes.buffer);
});
