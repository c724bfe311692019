import {inspect} from 'node:util';
import type {MimeBundle} from './seam.js';

/** An object with this method says itself how it is shown; Deno's Jupyter kernel looks for the same. */
export const DISPLAY_METHOD = Symbol.for('Jupyter.display');

/** How a value is shown beneath a cell. Never throws: a value whose own methods fail is shown with that failure. */
export function bundleOf(value: unknown): MimeBundle {
  return {'text/plain': textOf(value)};
}

export function textOf(value: unknown): string {
  try {
    return inspect(value, {depth: 4, maxArrayLength: 100, maxStringLength: 10_000, breakLength: 100});
  } catch (error) {
    return `[cannot be shown: ${String(error)}]`;
  }
}
