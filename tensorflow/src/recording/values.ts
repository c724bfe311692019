import type {HostValues} from './backend.js';
import type {HostConstant, Value} from './recording.js';

/** Where the values of a tensor entered from JavaScript. */
export interface Origin {
  readonly stack?: string;
  drawn?: boolean;
  draw?: unknown;
}

/** A value as an error speaks of it. */
export function describe(value: Value): string {
  return value.kind === 'node'
    ? `the op ${value.node.op}`
    : value.kind === 'input'
      ? `input "${value.name}"`
      : value.kind;
}

export function elements({shape}: Value): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Small values are copied, since user code may reuse its array. */
export function constant(
  shape: readonly number[],
  dtype: number,
  values: HostValues,
  origin: Origin | undefined,
): HostConstant {
  return {
    kind: 'constant',
    dtype,
    shape: [...shape],
    values: values.length <= 1 << 16 ? values.slice() : values,
    get stack() {
      return origin?.stack;
    },
    varies: false,
    drawn: origin?.drawn === true,
    draw: origin?.draw,
  };
}
