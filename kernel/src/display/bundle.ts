import {inspect} from 'node:util';
import type {MimeBundle} from './seam.js';
import {recordsBundle} from './table.js';
import {arrowBundle, arqueroBundle} from './table-packages.js';
import {errorBundle} from './error.js';
import {imageBundle} from './image.js';
import {modelBundle} from './model.js';
import {memoryBundle, tensorBundle} from './tensor.js';
import {documentBundle, elementBundle} from './document.js';

/** An object with this method says itself how it is shown; Deno's Jupyter kernel looks for the same. */
export const DISPLAY_METHOD = Symbol.for('Jupyter.display');

/** Each looks at a value and shows it, or leaves it to the next. */
const VIEWS: readonly ((value: object) => MimeBundle | undefined)[] = [
  ownBundle,
  tensorBundle,
  memoryBundle,
  modelBundle,
  errorBundle,
  imageBundle,
  documentBundle,
  elementBundle,
  arrowBundle,
  arqueroBundle,
  recordsBundle,
];

/** How a value is shown beneath a cell. Never throws: a value whose own methods fail is shown with that failure. */
export function bundleOf(value: unknown): MimeBundle {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) {
    return {'text/plain': textOf(value)};
  }
  for (const view of VIEWS) {
    try {
      const bundle = view(value);
      if (bundle) {
        return 'text/plain' in bundle ? bundle : {'text/plain': textOf(value), ...bundle};
      }
    } catch (error) {
      return {'text/plain': `${textOf(value)}\n[its rich view failed: ${String(error)}]`};
    }
  }
  return {'text/plain': textOf(value)};
}

function ownBundle(value: object): MimeBundle | undefined {
  const method = (value as Record<symbol, unknown>)[DISPLAY_METHOD];
  return typeof method === 'function' ? (method.call(value) as MimeBundle) : undefined;
}

function textOf(value: unknown): string {
  try {
    return inspect(value, {depth: 4, maxArrayLength: 100, maxStringLength: 10_000, breakLength: 100});
  } catch (error) {
    return `[cannot be shown: ${String(error)}]`;
  }
}
