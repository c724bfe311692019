import {nameAt} from './names.js';

const read = (bytes: Buffer): string => nameAt(bytes, 0, bytes.length);

test('a name is read as UTF-8, whatever was read before in its place', () => {
  for (let i = 0; i < 5000; i++) {
    const text = `${i.toString(36)}\u00e9`;
    expect(read(Buffer.from(text))).toBe(text);
    // No UTF-8: one byte that has the number of the character above.
    const broken = Buffer.from(text, 'latin1');
    expect(read(broken)).toBe(broken.toString('utf8'));
  }
});

test('a name that comes again is the same text, also from the middle of other bytes', () => {
  const bytes = Buffer.from('xserving_defaulty');
  expect(nameAt(bytes, 1, 16)).toBe('serving_default');
  expect(nameAt(bytes, 1, 16)).toBe('serving_default');
});
