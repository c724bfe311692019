import fc from 'fast-check';
import {MAX_INTEGER_BYTES, writeInteger} from './integer-text.js';

test('integers are spelled as JavaScript spells them', () => {
  const some = fc
    .tuple(fc.bigInt({min: 0n, max: 2n ** 64n - 1n}), fc.integer({min: 1, max: 64}), fc.boolean())
    .map(([value, bits, signed]) => (signed ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value)));
  const powers = Array.from({length: 19}, (_, i) => 10n ** BigInt(i)).flatMap(power => [power - 1n, power, -power]);
  const check = (value: bigint | number): void => {
    const bytes = Buffer.alloc(MAX_INTEGER_BYTES + 1, '#');
    expect(bytes.toString('latin1', 0, writeInteger(bytes, 0, value))).toBe(String(value));
    expect(bytes.at(-1)).toBe(0x23);
  };
  powers.forEach(check);
  [0, -0, 2 ** 31 - 1, 2 ** 31, -(2 ** 31), 2 ** 32 - 1].forEach(value => check(value === 0 ? 0 : value));
  fc.assert(fc.property(some, check));
});
