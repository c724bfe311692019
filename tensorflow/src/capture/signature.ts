import {DTYPES, type Dtype} from '../session/index.js';
import {CaptureError} from '../recording/errors.js';
import type {Trial, UnknownSize} from './unknown-sizes.js';

/**
 * An input of a captured function. In `shape`, null is an unknown size and a string names one: sizes of the same name are
 * equal whenever the graph runs. The unknown first sizes of all inputs are the batch, and equal, unless named otherwise.
 */
export interface InputSpec {
  readonly shape: readonly (number | null | string)[];
  /** As the client sends it. tfjs computes in float32 and int32: other numeric dtypes are cast to these in the graph. */
  readonly dtype: Dtype;
}
export type InputSpecs = Readonly<Record<string, InputSpec>>;

/** The dtype that the function sees for each dtype of an input. */
export const TFJS_DTYPE = {
  float32: 'float32',
  float64: 'float32',
  half: 'float32',
  bfloat16: 'float32',
  int32: 'int32',
  int8: 'int32',
  int16: 'int32',
  int64: 'int32',
  uint8: 'int32',
  uint16: 'int32',
  uint32: 'int32',
  uint64: 'int32',
  bool: 'bool',
  string: 'string',
  complex64: 'complex64',
} as const satisfies Partial<Record<Dtype, string>>;

export interface Signature {
  readonly unknowns: readonly UnknownSize[];
  /** For each input and axis, the index of its unknown size, or the size that is known. */
  readonly shapes: Readonly<Record<string, readonly ({readonly unknown: number} | number)[]>>;
}

/**
 * Finds the unknown sizes of a signature.
 * @throws CaptureError for a spec that makes no sense
 */
export function readSignature(specs: InputSpecs): Signature {
  const unknowns: UnknownSize[] = [];
  const byName = new Map<string, number>();
  const shapes: Record<string, ({unknown: number} | number)[]> = {};
  for (const [input, spec] of Object.entries(specs)) {
    checkSpec(input, spec);
    shapes[input] = spec.shape.map((size, axis) => {
      if (typeof size === 'number') return size;
      const name = size ?? (axis === 0 ? 'batch' : `"${input}" axis ${axis}`);
      let unknown = byName.get(name);
      if (unknown === undefined) {
        unknown = unknowns.push({name, input, axis}) - 1;
        byName.set(name, unknown);
      }
      return {unknown};
    });
  }
  return {unknowns, shapes};
}

function checkSpec(input: string, {shape, dtype}: InputSpec): void {
  if (input === '') throw new CaptureError('An input needs a name.');
  if (!(dtype in TFJS_DTYPE)) {
    const known = Object.keys(TFJS_DTYPE).join(', ');
    const hint = dtype in DTYPES ? 'tfjs has no such tensors' : 'there is no such dtype';
    throw new CaptureError(`Input "${input}" has dtype "${dtype}", and ${hint}. Use one of ${known}.`);
  }
  if (!Array.isArray(shape)) throw new CaptureError(`Input "${input}" needs a shape, e.g. [null, 60].`);
  for (const size of shape) {
    if (size === null || (typeof size === 'string' && size !== '')) continue;
    if (!Number.isInteger(size) || (size as number) < 0) {
      throw new CaptureError(
        `Input "${input}" has the size ${String(size)} in its shape: use a whole number, or null where it is unknown.`,
      );
    }
  }
}

/**
 * Sizes to try in the place of the unknown ones. Small batches are quick. Inner sizes may have to survive pooling and
 * valid padding, or be a multiple of a power of two, so there are several rungs to try in turn.
 */
export function trialLadder(unknowns: readonly UnknownSize[]): Trial[][] {
  const rungs: Trial[] = [
    [13, 22, 39],
    [37, 58, 91],
    [64, 96, 160],
    [256, 320, 448],
  ];
  const ladder = rungs.map(rung => unknowns.map(({axis}, i): Trial => (axis === 0 ? batch(i) : shift(rung, i))));
  return unknowns.some(({axis}) => axis > 0) ? ladder : ladder.slice(0, 1);
}

function batch(i: number): Trial {
  return [2 + 5 * i, 3 + 5 * i, 7 + 5 * i];
}

/** Unknown sizes differ from each other, by amounts that keep a rung's powers of two. */
function shift([base, other, check]: Trial, i: number): Trial {
  const step = base % 64 === 0 ? 32 * i : 2 * i;
  return [base + step, other + step, check + step];
}
