import {htmlTable, textTable} from '../library/display/html.js';
import type {MimeBundle} from './seam.js';

interface Layer {
  readonly name: string;
  readonly outputShape: unknown;
  readonly trainable: boolean;
  countParams(): number;
  getClassName(): string;
}

/** A tfjs LayersModel, known by what it can do: which copy of tfjs made it does not matter. */
interface Model extends Layer {
  readonly layers: readonly Layer[];
  readonly built: boolean;
}

/** A model with its layers, their output shapes and numbers of parameters, as `model.summary()` prints them. */
export function modelBundle(value: object): MimeBundle | undefined {
  if (!isModel(value)) {
    return undefined;
  }
  const header = ['layer', 'kind', 'output', 'parameters'];
  const rows = value.layers.map(layer => [
    layer.name,
    layer.getClassName(),
    asKnown(() => shapeText(layer.outputShape)),
    asKnown(() => layer.countParams().toLocaleString('en')),
  ]);
  const total = asKnown(() => value.countParams().toLocaleString('en'));
  const size =
    `${value.getClassName()} "${value.name}", ` +
    (total === UNKNOWN ? 'not built yet: it does not know its input' : `${total} parameters`);
  return {
    'text/plain': `${textTable(header, rows)}\n${size}`,
    'text/html': `${htmlTable(header, rows)}<p>${size.replaceAll('<', '&lt;')}</p>`,
  };
}

function isModel(value: object): value is Model {
  return (
    'layers' in value &&
    Array.isArray(value.layers) &&
    'countParams' in value &&
    'getClassName' in value &&
    'summary' in value &&
    typeof value.summary === 'function'
  );
}

const UNKNOWN = '?';

/** What a layer that was never called refuses to say. */
function asKnown(text: () => string): string {
  try {
    return text();
  } catch {
    return UNKNOWN;
  }
}

/** One shape, or one for each of several outputs. */
function shapeText(shape: unknown): string {
  const all = shape as (number | null)[] | (number | null)[][];
  if (Array.isArray(all[0])) {
    return all.map(shapeText).join(', ');
  }
  return `[${all.map(size => size ?? '?').join(', ')}]`;
}
