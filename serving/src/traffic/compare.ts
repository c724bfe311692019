import {compareTensor, toJsonTensor, type HostTensor} from '@ingot/tensorflow/session';

/** How far apart two answers may be: |a - b| <= absolute + relative * |a|, value by value; for all else they must be equal. */
export interface Tolerance {
  readonly absolute: number;
  readonly relative: number;
}

type Named = Readonly<Record<string, HostTensor>>;

/** True when the other answer has the same outputs, dtypes and shapes, and every value of it is near enough. */
export function sameAnswer(answer: Named, other: Named, tolerance: Tolerance): boolean {
  const names = Object.keys(answer);
  if (names.length !== Object.keys(other).length) return false;
  return names.every(name => {
    const [a, b] = [answer[name], Object.hasOwn(other, name) ? other[name] : undefined];
    return a !== undefined && b !== undefined && sameTensor(a, b, tolerance);
  });
}

/** NaN is the same as NaN here, and infinity as itself: what is asked is whether a client would see a difference. */
export function sameTensor(a: HostTensor, b: HostTensor, tolerance: Tolerance): boolean {
  if (a.dtype !== b.dtype || a.shape.length !== b.shape.length) return false;
  if (a.shape.some((size, axis) => size !== b.shape[axis])) return false;
  // Their data is raw bits.
  if (a.dtype === 'half' || a.dtype === 'bfloat16')
    return compareTensor(toJsonTensor(a), b, tolerance).mismatch === null;
  for (let i = 0; i < a.data.length; i++) if (!sameValue(a.data[i], b.data[i], tolerance)) return false;
  return true;
}

function sameValue(a: unknown, b: unknown, {absolute, relative}: Tolerance): boolean {
  if (Object.is(a, b)) return true;
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b) === 0;
  const [x, y] = [Number(a), Number(b)];
  return Number.isFinite(x) && Math.abs(x - y) <= absolute + relative * Math.abs(x);
}
