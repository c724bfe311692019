import {numbers} from '@ingot/tensorflow/numbers';
import {Random} from '../../../fuzz/random.js';
import {floatScanner} from './float-scanner.js';
import {NOT_PLAIN} from './scanner.js';

const native = numbers();

/** What a scanner makes of a text: where it ended, the shape and the bits of the values. */
function read(text: string, dtype: 'float32' | 'float64', kind: typeof native, expected = 4): unknown {
  const scanner = floatScanner(dtype, expected, Infinity, kind);
  // Memory of its own: whoever reads past its end reads something else.
  const bytes = Buffer.from(new Uint8Array(Buffer.from(text)));
  const end = scanner.scan(bytes, 0);
  if (end === NOT_PLAIN) return NOT_PLAIN;
  const {shape, data} = scanner.tensor([]);
  const {buffer, byteOffset, byteLength} = data as Float32Array;
  return {end, shape, bits: Buffer.from(buffer, byteOffset, byteLength).toString('hex')};
}

const both = (text: string, dtype: 'float32' | 'float64'): [unknown, unknown] => [
  read(text, dtype, native),
  read(text, dtype, null),
];

test('native code is there: the build makes it', () => expect(native).not.toBeNull());

test.each(['float32', 'float64'] as const)('both ways read %s alike, and as JavaScript does', dtype => {
  const random = new Random(7);
  const digits = (most: number): string =>
    Array.from({length: 1 + random.below(most)}, () => String(random.below(10))).join('');
  for (let i = 0; i < 5000; i++) {
    const whole = random.below(2) === 0 ? '0' : `${1 + random.below(9)}${digits(random.below(2) ? 3 : 20)}`;
    const fraction = random.below(4) > 0 ? `.${digits(random.below(3) ? 6 : 30)}` : '';
    const exponent = random.below(4) === 0 ? `e${['', '+', '-'][random.below(3)]}${random.below(40)}` : '';
    const text = `${random.below(3) === 0 ? '-' : ''}${whole}${fraction}${exponent}`;
    const [ours, plain] = both(`[${text}]`, dtype);
    expect([text, ours]).toEqual([text, plain]);
    // An integer token has no negative zero.
    const value = /^-0$/.test(text) ? 0 : Number(text);
    const wanted = dtype === 'float32' ? Float32Array.of(value) : Float64Array.of(value);
    const bits = Buffer.from(wanted.buffer).toString('hex');
    expect([text, ours]).toEqual([text, {end: text.length + 2, shape: [1], bits}]);
  }
});

test('both ways take the same lists and leave the same ones to the careful parser', () => {
  const texts = [
    ...[
      '1',
      '-0',
      '-0.0',
      '0',
      '[]',
      '[[]]',
      '[1,2',
      '[1,,2]',
      '[1 2]',
      '[1,]',
      '[,1]',
      '[1]]',
      '',
      '-',
      '[-]',
      '.5',
      '5.',
      '01',
    ],
    ...[
      '1e',
      '1e+',
      '1e5',
      '[1E5]',
      '[1e00005]',
      '[1e999]',
      '[NaN]',
      '[Infinity]',
      '[true]',
      '["1"]',
      '[null]',
      '[1.5.2]',
      '[0x1]',
    ],
    ...[
      '[[1,2],[3,4]]',
      '[[1,2],[3]]',
      '[1,[2]]',
      '[[1],2]',
      '[[[1]],[[2]]]',
      ' [1]',
      '[ 1 ,\n2\t,\r3 ]',
      '[\u00011]',
      '[1\u00a0]',
    ],
    ...[
      '[12345678901234567890]',
      '[0.00000000000000000000000000001]',
      '[123456789.123456789]',
      '[1]garbage',
      '[+1]',
      '[--1]',
    ],
    ...[
      '[0.1234567',
      '[0.12345678',
      '[0.123456789',
      '[1e-400]',
      '[1e-320]',
      '[9007199254740993]',
      '[16777217.0000000001]',
    ],
    '['.repeat(33) + '1' + ']'.repeat(33),
    '['.repeat(32) + '1' + ']'.repeat(32),
  ];
  for (const text of texts) {
    for (const dtype of ['float32', 'float64'] as const) {
      const [ours, plain] = both(text, dtype);
      // What is too small for a double is left to the careful parser, which knows it.
      if (text === '[1e-400]') expect([NOT_PLAIN, plain]).toContainEqual(ours);
      else expect([text, ours]).toEqual([text, plain]);
    }
  }
});

test('a tensor that needs more memory than was expected is read on from where that ended', () => {
  const rows = Array.from({length: 300}, (_, i) => [i, i + 0.5, -i]);
  const text = JSON.stringify(rows);
  const [ours, plain] = both(text, 'float32');
  expect(ours).toEqual(plain);
  expect(ours).toMatchObject({end: text.length, shape: [300, 3]});
});

test('several scans are the rows of one tensor, which must be alike', () => {
  for (const kind of [native, null]) {
    const scanner = floatScanner('float32', 2, Infinity, kind);
    for (const text of ['[[1,2],[3,4]]', '[[5,6],[7,8]]']) expect(scanner.scan(Buffer.from(text), 0)).toBe(text.length);
    expect(scanner.scanned).toBe(2);
    expect(scanner.tensor([2])).toEqual({
      dtype: 'float32',
      shape: [2, 2, 2],
      data: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8),
    });
    const ragged = floatScanner('float32', 2, Infinity, kind);
    ragged.scan(Buffer.from('[1,2]'), 0);
    expect(ragged.scan(Buffer.from('[1,2,3]'), 0)).toBe(NOT_PLAIN);
  }
});
