import {execFileSync} from 'node:child_process';
import fc from 'fast-check';
import {PYTHON} from '../../../testing/models.js';
import {MAX_NUMBER_BYTES, writeFloat32, writeFloat64} from './float-text.js';

const text = (write: typeof writeFloat32, value: number): string => {
  const bytes = Buffer.alloc(MAX_NUMBER_BYTES);
  return bytes.toString('latin1', 0, write(bytes, 0, value));
};

/** %.6g if that reads back, else %.9g or %.17g, by Python's printf. */
const REFERENCE = `
import struct, sys
def spell(value, single):
    short = '%.6g' % value
    back = float(short)
    if single: back = struct.unpack('f', struct.pack('f', back))[0]
    out = short if back == value else '%.*g' % (9 if single else 17, value)
    return out if '.' in out or 'e' in out else out + '.0'
data = sys.stdin.buffer.read()
singles, doubles = data[:len(data)//3], data[len(data)//3:]
for (value,) in struct.iter_unpack('<f', singles): print(spell(value, True))
for (value,) in struct.iter_unpack('<d', doubles): print(spell(value, False))
`;

test('floats are spelled as printf spells them', () => {
  const samples = fc.sample(
    fc.oneof(
      fc.double({noNaN: true, noDefaultInfinity: true}),
      fc.double({min: -1e6, max: 1e6, noNaN: true}),
      fc.integer({min: -1_000_000_000, max: 1_000_000_000}).map(n => n / 2 ** 20),
      fc.tuple(fc.integer(), fc.integer({min: -12, max: 3})).map(([digits, power]) => digits * 10 ** power),
      fc.integer({min: -40, max: 40}).map(power => 2 ** power),
      fc.integer({min: 0, max: 10_000_000}),
      // Among them are those half way between two of 17 digits.
      fc.tuple(fc.integer({min: 0, max: 2 ** 40}), fc.integer({min: 3, max: 22})).map(([n, power]) => n / 2 ** power),
    ),
    40_000,
  );
  const values = samples.filter(value => Number.isFinite(Math.fround(value)));
  const singles = Float32Array.from(values);
  const doubles = Float64Array.from(values);
  const input = Buffer.concat([Buffer.from(singles.buffer), Buffer.from(doubles.buffer)]);
  const wanted = execFileSync(PYTHON, ['-c', REFERENCE], {input, maxBuffer: 1e8}).toString().trim().split('\n');
  const got = [
    ...[...singles].map(value => text(writeFloat32, value)),
    ...[...doubles].map(value => text(writeFloat64, value)),
  ];
  const wrong = got.flatMap((spelled, i) => (spelled === wanted[i] ? [] : [`${spelled} instead of ${wanted[i]}`]));
  expect(wrong.slice(0, 10)).toEqual([]);
  expect(got.length).toBe(wanted.length);
});

test('what is not finite is bare', () => {
  expect([NaN, Infinity, -Infinity, -0].map(value => text(writeFloat32, value))).toEqual([
    'NaN',
    'Infinity',
    '-Infinity',
    '-0.0',
  ]);
});
