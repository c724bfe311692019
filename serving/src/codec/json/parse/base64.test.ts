import fc from 'fast-check';
import {decodeBase64} from './base64.js';

/** What Abseil's Base64Unescape says, character by character; null when it is none. */
function reference(text: string): string | null {
  const compact = [...text].filter(character => !' \t\n\v\f\r'.includes(character)).join('');
  const match = /^([A-Za-z0-9+/]*)(={0,2})$/.exec(compact);
  const [digits = '', padding = ''] = match?.slice(1) ?? [];
  if (match === null || digits.length % 4 === 1 || (padding !== '' && compact.length % 4 !== 0)) return null;
  return Buffer.from(digits, 'base64').toString('hex');
}

const decoded = (text: string): string | null => {
  try {
    return decodeBase64(Buffer.from(text, 'latin1')).toString('hex');
  } catch (error) {
    expect((error as Error).message).toBe('Unable to base64 decode');
    return null;
  }
};

test('base64 is taken and refused as the original does, whatever stands in it', () => {
  for (const text of [
    '',
    '=',
    '==',
    'A',
    'A=',
    'AA',
    'AA=',
    'AA==',
    'AA===',
    'AAA',
    'AAA=',
    'AAAA',
    'AAAA=',
    'AAAA====',
  ]) {
    expect([text, decoded(text)]).toEqual([text, reference(text)]);
  }
  const some = fc.array(
    fc.oneof({weight: 20, arbitrary: fc.constantFrom(...'ABCxyz019+/')}, fc.constantFrom(...'=-_ \n\t\0é"')),
    {maxLength: 12},
  );
  fc.assert(
    fc.property(some, characters => expect(decoded(characters.join(''))).toBe(reference(characters.join('')))),
    {numRuns: 5000},
  );
  fc.assert(
    fc.property(fc.uint8Array({maxLength: 40}), bytes => {
      const text = Buffer.from(bytes).toString('base64');
      expect(decoded(text)).toBe(Buffer.from(bytes).toString('hex'));
      expect(decoded(text.replace(/=+$/, ''))).toBe(Buffer.from(bytes).toString('hex'));
    }),
  );
});
