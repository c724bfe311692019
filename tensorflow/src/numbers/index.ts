import {existsSync} from 'node:fs';
import {createRequire} from 'node:module';
import {NUMBERS_FILE} from '../native/addon.js';

/** Returned instead of an end position: the text is not what `scanFloats` reads. */
export const NOT_PLAIN = -1;
/** Returned instead of one: there is no room for more values. The next call, with more of it, goes on where this one was. */
export const FULL = -2;

/** Reads floats natively: tensorflow/numbers/, which has the same constants. */
export interface Numbers {
  /**
   * Reads a number, or lists of numbers nested so that all have the same shape, each correctly rounded to a double and then
   * to the type of `values`.
   * @param start where it begins in `bytes`, past any space
   * @param values memory for what is read; those of earlier calls are at its beginning
   * @param state from `newState()`, for one tensor, which may be read in several calls
   * @returns where it ended, NOT_PLAIN for anything else, or FULL
   */
  scanFloats(bytes: Uint8Array, start: number, values: Float32Array | Float64Array, state: Int32Array): number;
}

const MAX_RANK = 32;
const COUNT = 0;
const RANK = 1;
const RESUMED = 2;
const SIZES = 5;
/** Making one costs more than reading a small tensor. */
const spare: Int32Array[] = [];
const MAX_SPARE = 16;

export function newState(): Int32Array {
  const state = spare.pop() ?? new Int32Array(SIZES + 2 * MAX_RANK);
  state.fill(-1, SIZES, SIZES + MAX_RANK);
  state[COUNT] = 0;
  state[RANK] = -1;
  state[RESUMED] = 0;
  return state;
}

/** Gives back a state that nobody uses any more. */
export function freeState(state: Int32Array): void {
  if (spare.length < MAX_SPARE) spare.push(state);
}

/** How many values were read. */
export const countOf = (state: Int32Array): number => state[COUNT] as number;

/** The shape of one call's values. */
export function shapeOf(state: Int32Array): number[] {
  const shape: number[] = [];
  // A view of its part would cost more than the loop.
  for (let i = SIZES, end = SIZES + (state[RANK] as number); i < end; i++) shape.push(state[i] as number);
  return shape;
}

let loaded: Numbers | null | undefined;

/** Null where it is not built: it is there for speed alone. */
export function numbers(): Numbers | null {
  loaded ??= existsSync(NUMBERS_FILE) ? (createRequire(import.meta.url)(NUMBERS_FILE) as Numbers) : null;
  return loaded;
}
