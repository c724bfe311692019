/** IEEE 754 binary16 and bfloat16, as bits in 16: JavaScript has no arrays of them that all supported versions know. */

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/** The bits of a number as bfloat16: rounds to nearest, ties to even; NaN stays NaN. */
export function toBfloat16(value: number): number {
  float[0] = value;
  const all = bits[0] ?? 0;
  if (Number.isNaN(value)) return 0x7fc0;
  return ((all + 0x7fff + ((all >>> 16) & 1)) >>> 16) & 0xffff;
}

/** The number that these bits are. */
export function fromBfloat16(bfloat16: number): number {
  bits[0] = bfloat16 << 16;
  return float[0] ?? 0;
}

/** The bits of a number as IEEE 754 binary16: rounds to nearest, ties to even; beyond 65504 is infinity. */
export function toHalf(value: number): number {
  if (Number.isNaN(value)) return 0x7e00;
  float[0] = value;
  const all = bits[0] ?? 0;
  const sign = (all >>> 16) & 0x8000;
  const magnitude = Math.abs(float[0] ?? 0);
  if (magnitude >= 65520) return sign | 0x7c00;
  // Below 2^-14 halves are multiples of 2^-24.
  if (magnitude < 2 ** -14) return sign | roundToEven(magnitude * 2 ** 24);
  const exponent = ((all >>> 23) & 0xff) - 127;
  // A fraction that rounds up to 1024 carries into the exponent, as it should.
  return sign | (((exponent + 15) << 10) + roundToEven((magnitude / 2 ** exponent - 1) * 1024));
}

/** The number that these bits are. */
export function fromHalf(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >>> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function roundToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
