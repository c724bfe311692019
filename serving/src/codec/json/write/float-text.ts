/**
 * Numbers as TensorFlow Serving spells them: printf's %g with 6 significant digits when that reads back to the same
 * number, else with 9 (float32) or 17 (float64); ".0" is appended to what would look like an integer; NaN, Infinity and
 * -Infinity are bare. Written straight into a buffer.
 */

const ZERO = 0x30;
/** The longest text: "-2.2250738585072014e-308". */
export const MAX_NUMBER_BYTES = 32;

const POWERS = Array.from({length: 23}, (_, i) => Number(`1e${i}`));
const pow10 = (exponent: number): number => POWERS[exponent] ?? NaN;

/** x * 10^exponent, with one rounding; `exponent` within -22..22. */
const scale = (x: number, exponent: number): number => (exponent >= 0 ? x * pow10(exponent) : x / pow10(-exponent));

/** Writes a float32 at `at`, where MAX_NUMBER_BYTES must be free; returns where it ended. */
export function writeFloat32(out: Buffer, at: number, value: number): number {
  const size = Math.abs(value);
  if (size >= 1e-5 && size < 1e15) {
    if (value < 0) out[at++] = 0x2d;
    const exponent = exponentOf(size);
    const end = writeSix(out, at, size, exponent, true);
    if (end !== TOO_SHORT) return end;
    const scaled = scale(size, 8 - exponent);
    const whole = Math.floor(scaled);
    const rest = scaled - whole;
    // Within the error of `scaled` of a tie, only the exact decimal expansion tells.
    if (Math.abs(rest - 0.5) > 1e-6) return writeDigits(out, at, rest > 0.5 ? whole + 1 : whole, exponent, 9);
    return at + out.write(general(size, 9), at, 'latin1');
  }
  return at + out.write(floatText(value, Math.fround, 9), at, 'latin1');
}

/** Writes a float64 at `at`, where MAX_NUMBER_BYTES must be free; returns where it ended. */
export function writeFloat64(out: Buffer, at: number, value: number): number {
  const size = Math.abs(value);
  if (size >= 1e-5 && size < 1e15) {
    if (value < 0) out[at++] = 0x2d;
    const exponent = exponentOf(size);
    const end = writeSix(out, at, size, exponent, false);
    if (end !== TOO_SHORT) return end;
    // With one digit more it ends in 5, odd: then so is what is left without the powers of 5.
    const mayTie = (size * 2 ** (17 - exponent)) % 2 === 1;
    return at + out.write(mayTie ? general(size, 17) : laidOut(scientific(size, 17), 17), at, 'latin1');
  }
  return (
    at +
    out.write(
      floatText(value, x => x, 17),
      at,
      'latin1',
    )
  );
}

const TOO_SHORT = -1;

/** Writes a positive number with six digits when they read back to it; else TOO_SHORT. */
function writeSix(out: Buffer, at: number, size: number, exponent: number, single: boolean): number {
  // An integer below 1e6 is its own six digits.
  if (size < 1e6 && Math.floor(size) === size) return writeFixed(out, at, size, exponent, 6);
  const six = Math.round(scale(size, 5 - exponent));
  const back = scale(six, exponent - 5);
  return (single ? Math.fround(back) : back) === size ? writeDigits(out, at, six, exponent, 6) : TOO_SHORT;
}

/** Of a number within 1e-5 and 1e15. */
function exponentOf(size: number): number {
  const exponent = Math.floor(Math.log10(size));
  return size >= scale(1, exponent + 1) ? exponent + 1 : exponent;
}

function floatText(value: number, round: (x: number) => number, digits: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity';
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  const short = general(value, 6);
  return round(Number(short)) === value ? short : general(value, digits);
}

/** printf's %.<precision>g, and ".0" where it has neither point nor exponent. `value` is finite and not 0. */
function general(value: number, precision: number): string {
  return (value < 0 ? '-' : '') + laidOut(roundedDigits(Math.abs(value), precision), precision);
}

/** What `general` makes of a positive number's digits. */
function laidOut({digits: all, exponent}: Rounded, precision: number): string {
  const digits = all.endsWith('0') ? all.replace(/0+$/, '') : all;
  if (exponent < -4 || exponent >= precision) {
    const fraction = digits.length > 1 ? `.${digits.slice(1)}` : '';
    const size = Math.abs(exponent);
    return `${digits[0]}${fraction}e${exponent < 0 ? '-' : '+'}${size < 10 ? '0' : ''}${size}`;
  }
  if (exponent < 0) return `0.${'0'.repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  return `${whole}.${digits.slice(exponent + 1) || '0'}`;
}

/** The first digits of a number, and the power of ten of the first one. */
interface Rounded {
  readonly digits: string;
  readonly exponent: number;
}

/** The first digits of a positive number. JavaScript rounds an exact tie up, C to the even digit: so does this. */
function roundedDigits(value: number, precision: number): Rounded {
  const further = scientific(value, precision + 1);
  const before = further.digits.charCodeAt(precision - 1) - ZERO;
  const mayTie = further.digits.endsWith('5') && before % 2 === 0;
  if (mayTie && /^50*$/.test(scientific(value, MAX_PRECISION).digits.slice(precision))) {
    return {digits: further.digits.slice(0, precision), exponent: further.exponent};
  }
  return scientific(value, precision);
}

/** As many digits as JavaScript gives: a double that ties within them has no more. */
const MAX_PRECISION = 101;

function scientific(value: number, precision: number): Rounded {
  const text = value.toExponential(precision - 1);
  const end = text.lastIndexOf('e');
  return {digits: text.charAt(0) + text.slice(2, end), exponent: Number(text.slice(end + 1))};
}

/** `digits` is the number of `precision` digits d.ddd * 10^exponent; one more digit means that it was rounded up to 10. */
function writeDigits(out: Buffer, at: number, digits: number, exponent: number, precision: number): number {
  let count = precision;
  let rest = digits | 0;
  if (digits >= pow10(precision)) {
    rest = (rest / 10) | 0;
    exponent++;
  }
  while (count > 1 && rest % 10 === 0) {
    rest = (rest / 10) | 0;
    count--;
  }
  digits = rest;
  if (exponent < -4 || exponent >= precision) {
    const first = Math.floor(digits / pow10(count - 1));
    out[at++] = ZERO + first;
    if (count > 1) {
      out[at++] = 0x2e;
      at = writeInteger(out, at, digits - first * pow10(count - 1), count - 1);
    }
    out[at++] = 0x65;
    out[at++] = exponent < 0 ? 0x2d : 0x2b;
    const size = Math.abs(exponent);
    return writeInteger(out, at, size, size < 100 ? 2 : 3);
  }
  if (exponent < 0) {
    out[at++] = ZERO;
    out[at++] = 0x2e;
    for (let i = exponent + 1; i < 0; i++) out[at++] = ZERO;
    return writeInteger(out, at, digits, count);
  }
  const fraction = count - 1 - exponent;
  if (fraction <= 0) return writeFixed(out, at, digits * pow10(-fraction), exponent, precision);
  const whole = Math.floor(digits / pow10(fraction));
  at = writeInteger(out, at, whole, exponent + 1);
  out[at++] = 0x2e;
  return writeInteger(out, at, digits - whole * pow10(fraction), fraction);
}

function writeFixed(out: Buffer, at: number, integer: number, exponent: number, precision: number): number {
  if (exponent >= precision) throw new RangeError(`${integer} needs an exponent at ${precision} digits`);
  at = writeInteger(out, at, integer, exponent + 1);
  out[at++] = 0x2e;
  out[at++] = ZERO;
  return at;
}

/** `integer` is below 2^31: its digits are cheap to take off. */
function writeInteger(out: Buffer, at: number, integer: number, width: number): number {
  let rest = integer | 0;
  for (let i = at + width - 1; i >= at; i--) {
    const next = (rest / 10) | 0;
    out[i] = ZERO + rest - next * 10;
    rest = next;
  }
  return at + width;
}
