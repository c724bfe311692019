/** The longest text: "-9223372036854775808". */
export const MAX_INTEGER_BYTES = 20;

const ZERO = 0x30;

/** Writes an integer of up to 64 bits at `at`, where MAX_INTEGER_BYTES must be free; returns where it ended. */
export function writeInteger(out: Buffer, at: number, value: number | bigint): number {
  const number = Number(value);
  if (!(number > -(2 ** 31) && number < 2 ** 31)) return at + out.write(String(value), at, 'latin1');
  let rest = number | 0;
  if (rest < 0) {
    out[at++] = 0x2d;
    rest = -rest;
  }
  let end = at + 1;
  for (let power = 10; power <= rest; power *= 10) end++;
  for (let i = end - 1; i >= at; i--) {
    const quotient = (rest / 10) | 0;
    out[i] = ZERO + rest - quotient * 10;
    rest = quotient;
  }
  return end;
}
