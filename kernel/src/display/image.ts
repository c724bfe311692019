import type {MimeBundle} from './seam.js';

/** First bytes of the formats that front ends show. */
const FORMATS: readonly (readonly [mime: string, matches: (bytes: Buffer) => boolean])[] = [
  ['image/png', bytes => bytes.subarray(0, 8).toString('latin1') === '\u0089PNG\r\n\u001a\n'],
  ['image/jpeg', bytes => bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff],
  ['image/gif', bytes => bytes.subarray(0, 4).toString('latin1') === 'GIF8'],
  ['image/webp', bytes => bytes.subarray(8, 12).toString('latin1') === 'WEBP'],
];

/** The bytes of an image file, as `fs.readFile` or `tf.node.encodePng` give them. */
export function imageBundle(value: object): MimeBundle | undefined {
  if (!(value instanceof Uint8Array)) {
    return undefined;
  }
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  const format = FORMATS.find(([, matches]) => matches(bytes));
  return format && {'text/plain': `${format[0]}, ${bytes.length} bytes`, [format[0]]: bytes.toString('base64')};
}
