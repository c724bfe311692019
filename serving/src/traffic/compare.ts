import {compareTensor, type HostTensor} from '@ingot/tensorflow/session';

/** How far apart two answers may be: |a - b| <= absolute + relative * |a|, value by value; for all else they must be equal. */
export interface Tolerance {
  readonly absolute: number;
  readonly relative: number;
}

type Named = Readonly<Record<string, HostTensor>>;

/** True when the other answer has the same outputs, dtypes and shapes, and every value of it is near enough. */
export function sameAnswer(answer: Named, other: Named, tolerance: Tolerance): boolean {
  return firstDifference(answer, other, tolerance) === null;
}

/** Where the other answer is not the same, in words; null when it is. */
export function firstDifference(answer: Named, other: Named, tolerance: Tolerance): string | null {
  for (const name of Object.keys(answer)) {
    const [a, b] = [answer[name], Object.hasOwn(other, name) ? other[name] : undefined];
    if (a === undefined || b === undefined) return `there is no output "${name}"`;
    const difference = tensorDifference(a, b, tolerance);
    if (difference !== null) return `"${name}"${difference}`;
  }
  const more = Object.keys(other).find(name => !Object.hasOwn(answer, name));
  return more === undefined ? null : `there is an output "${more}"`;
}

/** NaN is the same as NaN here, and infinity as itself: what is asked is whether a client would see a difference. */
function tensorDifference(a: HostTensor, b: HostTensor, tolerance: Tolerance): string | null {
  if (a.dtype !== b.dtype) return ` is ${b.dtype} instead of ${a.dtype}`;
  if (a.shape.length !== b.shape.length || a.shape.some((size, axis) => size !== b.shape[axis])) {
    return ` has shape [${b.shape.join()}] instead of [${a.shape.join()}]`;
  }
  // Their data is raw bits.
  if (a.dtype === 'half' || a.dtype === 'bfloat16') {
    const {mismatch} = compareTensor(a, b, tolerance);
    return mismatch === null ? null : `: ${mismatch}`;
  }
  for (let i = 0; i < a.data.length; i++) {
    if (!sameValue(a.data[i], b.data[i], tolerance))
      return `[${i}] is ${shown(b.data[i])} instead of ${shown(a.data[i])}`;
  }
  return null;
}

function sameValue(a: unknown, b: unknown, {absolute, relative}: Tolerance): boolean {
  if (Object.is(a, b)) return true;
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b) === 0;
  const [x, y] = [Number(a), Number(b)];
  return Number.isFinite(x) && Math.abs(x - y) <= absolute + relative * Math.abs(x);
}

const MAX_SHOWN = 40;

function shown(value: unknown): string {
  if (!(value instanceof Uint8Array)) return String(value);
  const text = Buffer.from(value).toString();
  return JSON.stringify(text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}...` : text);
}
